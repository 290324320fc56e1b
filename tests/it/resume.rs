//! Killed, terminated, stopped and cut off from the power, at every step and at random moments, then run again: the same
//! bytes, and nothing sent twice that had been stored. `cargo bench --bench reliability` strikes more often.

use crate::support::trial::{Blow, Tally, Trial, at_every_step, at_random_moments};

/// Random moments for each blow; the bench has two hundred. A stopped run goes on to its end: each costs a whole run.
const MOMENTS: usize = 25;
const STOPS: usize = 8;

fn everywhere(blow: Blow) -> Tally {
    at_every_step(blow, &Trial::undisturbed())
}

fn anywhere(blow: Blow, blows: usize) {
    let tally = at_random_moments(blow, blows, 1, &Trial::undisturbed());
    assert_eq!(tally.blows, blows);
}

#[test]
fn a_run_killed_at_any_step_is_finished_by_the_next_with_the_same_bytes() {
    assert!(everywhere(Blow::Kill).blows >= 12);
}

#[test]
fn a_run_killed_at_random_moments_is_finished_by_the_next_with_the_same_bytes() {
    anywhere(Blow::Kill, MOMENTS);
}

#[test]
fn a_run_terminated_at_any_step_keeps_what_is_in_flight() {
    assert!(everywhere(Blow::Terminate).blows >= 8);
}

#[test]
fn a_run_terminated_at_random_moments_keeps_what_is_in_flight() {
    anywhere(Blow::Terminate, MOMENTS);
}

#[test]
fn a_run_stopped_at_any_step_goes_on_and_lets_nobody_in_meanwhile() {
    assert!(everywhere(Blow::Freeze).blows >= 4);
}

#[test]
fn a_run_stopped_at_random_moments_goes_on_and_lets_nobody_in_meanwhile() {
    anywhere(Blow::Freeze, STOPS);
}

#[test]
fn a_power_cut_at_any_step_loses_work_but_never_the_state() {
    assert!(everywhere(Blow::PowerCut).blows >= 12);
}

#[test]
fn a_power_cut_at_random_moments_loses_work_but_never_the_state() {
    anywhere(Blow::PowerCut, MOMENTS);
}
