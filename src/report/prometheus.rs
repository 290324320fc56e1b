//! Figures of a run in Prometheus' text format, for the textfile collector of its node exporter.
//!
//! Place in the data way: after it. Format: <https://prometheus.io/docs/instrumenting/exposition_formats/>.
//! It must never rename a figure: dashboards are built on the names. They are listed in `docs/OPERATIONS.md`.

use crate::model::outcome::{BackendUse, Receipt};

/// A figure with all its rows, which must stand together.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Its name, with the unit at its end.
    pub name: String,
    /// What it counts.
    pub help: &'static str,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// One row of a figure: its labels and its value.
pub type Row = (Vec<(&'static str, String)>, f64);

/// The figures of the last run. `receipt` is `None` where a run could not begin; `end` is Unix time in seconds.
pub fn figures(receipt: Option<&Receipt>, exit: u8, end: i64) -> Vec<Figure> {
    #[expect(clippy::cast_precision_loss, reason = "seconds stay below 2^53 for a long time")]
    let end = [(vec![], end as f64)];
    let mut figures = vec![
        figure("exit_code", "Exit code of the last run.", [(vec![], f64::from(exit))]),
        figure("end_timestamp_seconds", "When the last run ended.", end),
    ];
    if let Some(receipt) = receipt {
        figures.push(figure("info", "Which run that was; always 1.", [(vec![("run", receipt.run.clone())], 1.0)]));
        figures.extend(of_run(receipt));
        figures.extend(of_backends(receipt));
    }
    figures
}

/// The figures as a page.
pub fn metrics(figures: &[Figure]) -> String {
    figures.iter().map(page).collect()
}

fn page(figure: &Figure) -> String {
    let Figure { name, help, rows } = figure;
    let mut text = format!("# HELP {name} {help}\n# TYPE {name} gauge\n");
    for (labels, value) in rows {
        let labels: Vec<String> = labels.iter().map(|(key, label)| format!("{key}=\"{}\"", escaped(label))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        text += &format!("{name}{labels} {value}\n");
    }
    text
}

fn of_run(receipt: &Receipt) -> [Figure; 3] {
    let c = &receipt.counts;
    let articles = [
        ("written", c.written),
        ("unchanged", c.unchanged),
        ("failed", c.failed),
        ("flagged", c.flagged),
        ("pending", c.pending),
    ];
    let articles = articles.map(|(state, n)| (vec![("state", state.to_owned())], whole(n)));
    let segments = [("backend", c.sent), ("memory", c.from_memory)];
    let segments = segments.map(|(from, n)| (vec![("from", from.to_owned())], whole(n)));
    [
        figure("duration_seconds", "How long the last run took.", [(vec![], receipt.seconds)]),
        figure("articles", "Articles of the last run, by what came of them.", articles),
        figure("segments", "Segments of the last run, by where their English came from.", segments),
    ]
}

fn of_backends(receipt: &Receipt) -> [Figure; 4] {
    let backend = |name: &String| ("backend", name.clone());
    let each = |value: fn(&BackendUse) -> u64| {
        receipt.backends.iter().map(move |(name, used)| (vec![backend(name)], whole(value(used))))
    };
    let tokens = receipt.backends.iter().flat_map(|(name, used)| {
        let directions = [("in", used.input_tokens), ("out", used.output_tokens)];
        directions.map(|(direction, n)| (vec![backend(name), ("direction", direction.to_owned())], whole(n)))
    });
    let cost = receipt.backends.iter().flat_map(|(name, used)| {
        used.cost.iter().map(move |(currency, cost)| (vec![backend(name), ("currency", currency.clone())], *cost))
    });
    [
        figure("requests", "Requests of the last run.", each(|used| used.requests)),
        figure("retries", "Further attempts in the last run.", each(|used| used.retries)),
        figure("tokens", "Tokens of the last run.", tokens),
        figure("cost", "Cost of the last run.", cost),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn whole(n: u64) -> f64 {
    n as f64
}

fn figure(name: &str, help: &'static str, rows: impl IntoIterator<Item = Row>) -> Figure {
    Figure { name: format!("kabar_last_run_{name}"), help, rows: rows.into_iter().collect() }
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_could_not_begin_still_says_when_and_how_it_ended() {
        let page = metrics(&figures(None, 4, 1_764_000_000));
        assert!(page.contains("\nkabar_last_run_exit_code 4\n") && !page.contains("articles"), "{page}");
        assert!(page.contains("\nkabar_last_run_end_timestamp_seconds 1764000000\n"), "{page}");
    }

    #[test]
    fn rows_of_one_figure_stand_together_under_one_head() {
        let mut receipt = Receipt::default();
        for name in ["a", "b\"x"] {
            let cost = [("USD".to_owned(), 0.25)].into();
            let used = BackendUse { requests: 3, input_tokens: 10, cost, ..BackendUse::default() };
            receipt.backends.insert(name.into(), used);
        }
        let page = metrics(&figures(Some(&receipt), 0, 1));
        let names = page.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(['{', ' ']).next());
        let mut runs: Vec<_> = names.collect();
        runs.dedup();
        let count = runs.len();
        runs.sort_unstable();
        runs.dedup();
        assert_eq!(runs.len(), count, "{page}");
        assert!(page.contains("kabar_last_run_cost{backend=\"b\\\"x\",currency=\"USD\"} 0.25"), "{page}");
    }
}
