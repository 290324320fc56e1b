//! Tells those who are not there how `kabar run` went: dead man's switch, webhook, mail, figures for Prometheus.
//!
//! Place in the data way: around it.
//! It must never make a run fail, delay it for longer than its timeout, or show an address: it may hold a key.

mod mail;
#[cfg(feature = "otel")]
mod otel;
mod smtp;
mod webhook;

use std::io::Write as _;
use std::time::Duration;

use super::Desk;
use crate::backend::wire::WireRequest;
use crate::config::{Config, Notify, NotifyWhen};
use crate::error::Error;
use crate::exit::Exit;
use crate::model::outcome::Receipt;
use crate::report::{ending, figures, metrics, printable, receipt_line};
use crate::stage::write::replace;

/// What is told.
struct Notice<'a> {
    exit: Exit,
    text: String,
    receipt: Option<&'a Receipt>,
}

/// Runs `work`, telling before and after as the configuration says.
pub(super) fn around<'a>(
    desk: &mut Desk<'a>,
    work: impl FnOnce(&mut Desk<'a>) -> Result<Exit, Error>,
) -> Result<Exit, Error> {
    let Ok(config) = desk.config(None, None) else { return work(desk) };
    #[cfg(feature = "otel")]
    otel::begin(desk);
    ping(&config.notify, desk, "/start");
    let result = work(desk);
    let exit = result.as_ref().map_or_else(Error::exit, |exit| *exit);
    if let Ok(Exit::Locked) = result {
        // Asked to be quiet: the run that holds the state tells how it went, and the figures are its own.
        return result;
    }
    let end = (desk.around.clock)().timestamp().as_second();
    let figures = figures(desk.receipt.as_ref(), exit.code(), end);
    #[cfg(feature = "otel")]
    otel::end(desk, exit, &figures, patience(&config.notify));
    if let Some(path) = &config.output.metrics {
        let page = metrics(&figures);
        let written = replace(&desk.around.cwd.join(path), |file| file.write_all(page.as_bytes()));
        if let Err::<(), std::io::Error>(error) = written {
            desk.complain(&format!("failed to write {}: {error}", path.display()));
        }
    }
    let waits = desk.receipt.as_ref().is_some_and(Receipt::only_waits);
    let good = exit == Exit::Done || (exit == Exit::Stopped && waits);
    ping(&config.notify, desk, if good { "" } else { "/fail" });
    let is_alarmed = desk.receipt.iter().flat_map(|receipt| &receipt.alarms).any(|alarm| alarm.new);
    let is_alarmed = is_alarmed || desk.receipt.as_ref().is_some_and(|receipt| !receipt.watched.is_empty());
    if !good || is_alarmed || config.notify.when == NotifyWhen::Always {
        let text = text(&result, desk.receipt.as_ref());
        tell(&config, desk, &Notice { exit, text, receipt: desk.receipt.as_ref() });
    }
    result
}

/// One readable paragraph: what happened, how much, what to do.
fn text(result: &Result<Exit, Error>, receipt: Option<&Receipt>) -> String {
    match (result, receipt) {
        (Err(error), _) => printable(&error.to_string()),
        (Ok(_), Some(receipt)) => {
            let ending = ending(receipt).unwrap_or_else(|| format!("done: {}", receipt_line(receipt)));
            let alarms = receipt.alarms.iter().map(|alarm| format!("\n{}", printable(&alarm.sentence())));
            let watched = receipt.watched.iter().map(|event| format!("\nwatch list: {}", printable(event)));
            ending + &alarms.chain(watched).collect::<String>()
        }
        (Ok(exit), None) => exit.meaning().to_owned(),
    }
}

fn tell(config: &Config, desk: &Desk<'_>, notice: &Notice<'_>) {
    let notify = &config.notify;
    if let Some(address) = address(notify.webhook_env.as_deref(), desk) {
        let request = webhook::request(notify.style, address, notice);
        report("the webhook", webhook::send(patience(notify), request), desk);
    }
    if let Some(to) = &notify.mail {
        report("mail", send_mail(notify, to, notice, desk), desk);
    }
}

/// By SMTP where a server is named, else through `sendmail`.
fn send_mail(notify: &Notify, to: &str, notice: &Notice<'_>, desk: &Desk<'_>) -> Result<(), String> {
    let from = notify.mail_from.clone().unwrap_or_else(|| format!("kabar@{}", desk.around.host));
    let message = mail::message(to, &from, notice, &(desk.around.clock)());
    let Some(variable) = &notify.smtp_env else { return mail::send(&notify.sendmail, &message, patience(notify)) };
    let address = desk.around.variable(variable).ok_or_else(|| format!("{variable} is not set"))?;
    smtp::Server::read(&address)?.send(&from, to, &message, patience(notify))
}

/// Trouble with telling is told on standard error, and that is all.
fn report(what: &str, result: Result<(), String>, desk: &Desk<'_>) {
    if let Err(error) = result {
        desk.complain(&format!("{what} could not be told: {error}"));
    }
}

fn ping(notify: &Notify, desk: &Desk<'_>, end: &str) {
    if let Some(address) = address(notify.ping_env.as_deref(), desk) {
        let request = WireRequest::get(address.trim_end_matches('/').to_owned() + end);
        report("the dead man's switch", webhook::send(patience(notify), request), desk);
    }
}

fn address(variable: Option<&str>, desk: &Desk<'_>) -> Option<String> {
    let variable = variable?;
    let address = desk.around.variable(variable);
    if address.is_none() {
        desk.complain(&format!("{variable} is not set; nobody is told there"));
    }
    address
}

fn patience(notify: &Notify) -> Duration {
    notify.timeout.unwrap_or(Duration::from_secs(10))
}
