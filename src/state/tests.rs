//! The state as its users see it.

use std::collections::BTreeSet;

use super::*;
use crate::model::alarm::{Arrivals, Volume};
use crate::model::article::{Article, Source};
use crate::model::key::Key;
use crate::model::schedule::{Only, Turn};
use crate::model::segment::{Segment, SegmentId};
use crate::model::spend::Spend;
use crate::model::unit::{
    ArticleId, FinishedUnit, MemoryEntry, MemoryKind, PlannedUnit, SegmentOutcome, UnitId, UnitResult, UnitStatus, Work,
};

fn article() -> Article {
    Article { source: Source::default(), title: Some("Banjir di Demak".into()), sections: Vec::new() }
}

fn unit(section: u32, text: &str) -> PlannedUnit {
    let segments = vec![Segment { id: SegmentId { paragraph: section, part: 0 }, text: text.into() }];
    PlannedUnit { key: Key::of([text]), work: Work::Translate { section, segments } }
}

fn planned(texts: &[&str]) -> PlannedArticle {
    PlannedArticle {
        name: "demak".into(),
        origin: Origin { path: "in/demak.txt".into(), file: None },
        sha256: "00".into(),
        plan: Key::of(["plan"]),
        content: Key::of(texts.iter().copied()),
        arrivals: Arrivals { outlet: "Kompas".into(), hour: 1, volume: Volume::default() },
        fresh: false,
        article: article(),
        sketch: None,
        turn: Turn::default(),
        units: (1..).zip(texts).map(|(n, text)| unit(n, text)).collect(),
    }
}

fn finished(unit: UnitId, article: ArticleId, en: &str, status: UnitStatus) -> FinishedUnit {
    let id = SegmentId { paragraph: 1, part: 0 };
    let outcome = SegmentOutcome { id, en: Some(en.into()), backend: Some("desk".into()), findings: Vec::new() };
    let entry = MemoryEntry {
        key: Key::of(["sent", en]),
        kind: MemoryKind::Segment,
        id: "x".into(),
        en: en.into(),
        backend: "desk".into(),
    };
    FinishedUnit {
        unit,
        article,
        status,
        result: UnitResult::Translated { segments: vec![outcome] },
        memory: vec![entry],
        spent: Vec::new(),
    }
}

async fn finish_all(state: &State, status: UnitStatus) -> usize {
    let open = state.open_units(state.open_articles("r1").unwrap()[0]).unwrap();
    for claim in &open {
        state.finish(finished(claim.unit, claim.article, "The flood", status)).await.unwrap();
    }
    open.len()
}

#[tokio::test]
async fn a_unit_and_its_memory_are_there_together_after_a_reopen() {
    let dir = tempfile::tempdir().unwrap();
    let state = State::open(dir.path(), "", "test").unwrap();
    let Stored { id: article, open, .. } = state.store_article(planned(&["satu"]), "r1").await.unwrap();
    assert_eq!(open, 1);
    assert!(state.ready(article).unwrap().is_none(), "an article with open units is not ready");
    finish_all(&state, UnitStatus::Done).await;
    drop(state);
    let state = State::open(dir.path(), "", "test").unwrap();
    let ready = state.ready(article).unwrap().unwrap();
    assert_eq!(ready.units.len(), 1);
    assert_eq!(state.undelivered("r1").unwrap(), vec![article]);
    let hit = state.remembered(&[Key::of(["sent", "The flood"]), Key::of(["other"])]).unwrap();
    assert_eq!(hit[0].as_ref().unwrap().en, "The flood");
    assert_eq!(hit[1], None);
}

#[tokio::test]
async fn an_edited_article_keeps_the_results_of_what_did_not_change() {
    let dir = tempfile::tempdir().unwrap();
    let state = State::open(dir.path(), "", "test").unwrap();
    state.store_article(planned(&["satu", "dua", "satu"]), "r1").await.unwrap();
    assert_eq!(finish_all(&state, UnitStatus::Done).await, 3);
    let Stored { open, .. } = state.store_article(planned(&["baru", "satu", "dua baru", "satu"]), "r1").await.unwrap();
    assert_eq!(open, 2, "only the two new texts are open");
    let Stored { id: article, open, .. } = state.store_article(planned(&["satu"]), "r1").await.unwrap();
    assert_eq!(open, 0);
    assert_eq!(state.ready(article).unwrap().unwrap().units.len(), 1, "units that are gone from the article go");
}

#[tokio::test]
async fn delivery_is_forgotten_when_a_unit_opens_again() {
    let dir = tempfile::tempdir().unwrap();
    let state = State::open(dir.path(), "", "test").unwrap();
    let Stored { id: article, .. } = state.store_article(planned(&["satu"]), "r1").await.unwrap();
    finish_all(&state, UnitStatus::Flagged).await;
    let output = Output { path: "demak.md".into(), bytes: 3, sha256: String::new() };
    state.delivered(article, Outcome::Flagged, None, vec![output.clone()]).await.unwrap();
    assert_eq!(state.known("demak").unwrap().unwrap().outputs, Some(vec![output]));
    assert_eq!(state.reopen(article, &Only::Failed).await.unwrap(), 0);
    assert_eq!(state.reopen(article, &Only::Backend("des".into())).await.unwrap(), 0, "names match whole");
    assert_eq!(state.reopen(article, &Only::Backend("desk".into())).await.unwrap(), 1);
    let known = state.known("demak").unwrap().unwrap();
    assert_eq!((known.open, known.outcome, known.outputs), (1, Outcome::Pending, None));
}

#[tokio::test]
async fn the_last_accepted_text_for_a_key_stays() {
    let dir = tempfile::tempdir().unwrap();
    let state = State::open(dir.path(), "", "test").unwrap();
    let entry = |en: &str| MemoryEntry {
        key: Key::of(["k"]),
        kind: MemoryKind::Segment,
        id: "banjir".into(),
        en: en.into(),
        backend: "desk".into(),
    };
    state.remember(vec![entry("flood")]).await.unwrap();
    state.remember(vec![entry("floods")]).await.unwrap();
    assert_eq!(state.remembered(&[Key::of(["k"])]).unwrap()[0].as_ref().unwrap().en, "floods");
    assert_eq!(state.memory_stats().unwrap().segments, 1);
}

#[tokio::test]
async fn readers_see_a_state_beside_a_run() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(State::open_for_reading(dir.path(), ""), Err(StateError::Missing { .. })));
    let state = State::open(dir.path(), "", "test").unwrap();
    state.begin_run("r1", "2026-01-01T00:00:00Z").await.unwrap();
    assert!(matches!(State::open(dir.path(), "", "second"), Err(StateError::Locked { .. })));
    let reader = State::open_for_reading(dir.path(), "").unwrap();
    assert_eq!(reader.runs(5).unwrap()[0].run, "r1");
    assert!(reader.begin_run("r2", "2026-01-01T00:00:00Z").await.is_err(), "a reader cannot write");
}

#[tokio::test]
async fn two_output_folders_share_a_state_without_meeting() {
    let dir = tempfile::tempdir().unwrap();
    let first = State::open(dir.path(), "/a", "test").unwrap();
    first.store_article(planned(&["satu"]), "r1").await.unwrap();
    drop(first);
    let second = State::open(dir.path(), "/b", "test").unwrap();
    assert_eq!(second.known("demak").unwrap(), None);
    second.store_article(planned(&["dua"]), "r2").await.unwrap();
    assert_eq!(second.open_articles("r2").unwrap().len(), 1, "a run takes only its own articles");
    assert_eq!(second.counts().unwrap().pending, 1);
}

#[tokio::test]
async fn watched_articles_come_first_then_the_newest_then_the_order_of_the_inputs() {
    let dir = tempfile::tempdir().unwrap();
    let state = State::open(dir.path(), "", "test").unwrap();
    let turn = |watched, published, place| Turn { watched, published, place };
    let turns = [
        ("old", turn(false, Some(1), 1)),
        ("undated", turn(false, None, 2)),
        ("second", turn(false, Some(9), 4)),
        ("first", turn(false, Some(9), 3)),
        ("watched", turn(true, None, 5)),
    ];
    let mut names = std::collections::HashMap::new();
    for (name, turn) in turns {
        let article = PlannedArticle { name: name.into(), turn, ..planned(&[name]) };
        names.insert(state.store_article(article, "r1").await.unwrap().id, name);
    }
    let order: Vec<_> = state.open_articles("r1").unwrap().iter().map(|id| names[id]).collect();
    assert_eq!(order, ["watched", "first", "second", "old", "undated"]);
}

async fn two_units(state: &State) -> (ArticleId, UnitId, UnitId) {
    let article = state.store_article(planned(&["satu", "dua"]), "r1").await.unwrap().id;
    let open = state.open_units(article).unwrap();
    (article, open[0].unit, open[1].unit)
}

fn spend(day: &str) -> Spend {
    Spend { day: day.into(), backend: "desk".into(), currency: "USD".into(), amount: 2.0 }
}

fn batch(items: &[(Key, UnitId)]) -> NewBatch {
    NewBatch {
        expected: spend("2026-01-01"),
        token: format!("t{}", items.len()),
        submitted: "2026-01-01T00:00:00Z".into(),
        items: items.to_vec(),
    }
}

#[tokio::test]
async fn a_request_waits_is_answered_and_goes_with_its_unit() {
    let dir = tempfile::tempdir().unwrap();
    let state = State::open(dir.path(), "", "test").unwrap();
    let (article, first, second) = two_units(&state).await;
    let keys = [Key::of(["a"]), Key::of(["b"])];
    let id = state.begin_batch(batch(&[(keys[0], first), (keys[1], second)])).await.unwrap();
    assert_eq!(state.batch_item(keys[0]).unwrap(), Some(Item::Waiting));
    assert_eq!(state.batches().unwrap()[0].batch, None, "the provider has not said an id yet");
    assert_eq!(state.expected_spending().unwrap(), [spend("2026-01-01")]);
    let harvest = Harvest {
        answers: vec![(0, 200, "{}".into())],
        otherwise: "expired".into(),
        spent: Some(spend("2026-01-01")),
        ..Harvest::default()
    };
    state.collect_batch(id, harvest).await.unwrap();
    assert_eq!(
        state.batch_item(keys[0]).unwrap(),
        Some(Item::Answered { status: 200, body: "{}".into(), mixed: true })
    );
    assert_eq!(state.batch_item(keys[1]).unwrap(), Some(Item::Unanswered { sent: 1, why: "expired".into() }));
    assert_eq!(state.batches().unwrap(), []);
    assert_eq!(
        (state.spent_since("2026").unwrap(), state.expected_spending().unwrap()),
        (vec![spend("2026-01-01")], vec![])
    );
    let again = state.begin_batch(batch(&[(keys[1], second)])).await.unwrap();
    state.batch_refused(again).await.unwrap();
    assert!(
        matches!(state.batch_item(keys[1]).unwrap(), Some(Item::Unanswered { sent: 1, .. })),
        "a batch that was not taken does not count"
    );
    state.finish(finished(first, article, "The flood", UnitStatus::Done)).await.unwrap();
    assert_eq!(state.batch_item(keys[0]).unwrap(), None);
    assert!(state.asks_by_batch(second, "desk").unwrap() && !state.asks_by_batch(first, "desk").unwrap());
    state.store_article(planned(&["tiga"]), "r1").await.unwrap();
    assert_eq!(state.batch_item(keys[1]).unwrap(), None, "a unit that is gone takes its requests along");
}

#[tokio::test]
async fn a_text_is_asked_for_by_one_unit_and_in_the_same_company_again() {
    let dir = tempfile::tempdir().unwrap();
    let state = State::open(dir.path(), "", "test").unwrap();
    let (article, first, second) = two_units(&state).await;
    let [a, b, c] = ["a", "b", "c"].map(|text| Key::of([text]));
    let take = async |unit, round, keys: &[Key], run| {
        let taken = state.take_batch_texts((unit, "desk", round), keys.to_vec(), run).await.unwrap();
        // A set: the unit has an order of its own.
        (BTreeSet::from_iter(taken.keys), taken.before)
    };
    assert_eq!(take(first, 0, &[a, b], "r1").await, (BTreeSet::from([a, b]), false));
    assert_eq!(take(second, 0, &[b, c], "r1").await, (BTreeSet::from([c]), false));
    assert_eq!(
        take(second, 0, &[b], "r1").await,
        (BTreeSet::from([c]), true),
        "a round that was begun stays as it was"
    );
    assert_eq!(take(second, 1, &[b], "r1").await, (BTreeSet::from([]), false), "the other unit still asks for it");
    assert_eq!(
        take(second, 1, &[b], "r2").await,
        (BTreeSet::from([b]), false),
        "but not in a run that does not want its article"
    );
    state.give_back_batch_texts((second, "desk", 1), vec![b]).await.unwrap();
    state.settle_batch_texts(first, "desk", vec![b]).await.unwrap();
    assert_eq!(
        take(second, 1, &[b], "r1").await,
        (BTreeSet::from([b]), false),
        "nobody waits for a text without a good answer"
    );
    assert_eq!(
        take(first, 0, &[a], "r1").await,
        (BTreeSet::from([a, b]), true),
        "its unit still asks in the same company"
    );
    state.give_back_batch_texts((second, "desk", 1), vec![b]).await.unwrap();
    state.finish(finished(first, article, "The flood", UnitStatus::Done)).await.unwrap();
    assert_eq!(take(second, 1, &[b], "r1").await, (BTreeSet::from([b]), false));
}
