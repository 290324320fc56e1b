//! The engine against `PyTorch` on the same weights: `fixtures/offline/tiny/`, a model of our own kind, and
//! `fixtures/offline/marian/`, one as Hugging Face publishes them; both written by `model/recipe`.
//!
//! Place in the data way: tests only.
//! It must never loosen a bound to let a difference pass.

use serde::Deserialize;

use super::error::OfflineError;
use super::math::log_sum_exp;
use super::model::Model;
use super::network::{History, Live};
use super::search::{Beam, Hypothesis, Source, search};

/// Largest difference of a logit that single precision explains.
const LOGIT: f32 = 1e-4;

#[derive(Deserialize)]
struct Reference {
    max_len: usize,
    forced_input: Vec<u32>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    ids: Vec<u32>,
    logits: Logits,
    greedy: Greedy,
    #[serde(rename = "beam4_penalty_1.0", default)]
    plain: Vec<Ranked>,
    #[serde(rename = "beam4_penalty_0.6", default)]
    short: Vec<Ranked>,
}

#[derive(Deserialize)]
struct Logits {
    first16_of_each_position: Vec<Vec<f32>>,
    argmax: Vec<usize>,
    logsumexp: Vec<f32>,
}

#[derive(Deserialize)]
struct Greedy {
    ids: Vec<u32>,
    text: String,
}

#[derive(Deserialize)]
struct Ranked {
    ids: Vec<u32>,
    score: f32,
}

pub(super) const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/offline/tiny");
const MARIAN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/offline/marian");
/// What Hugging Face keeps of a Marian model, as far as it is read.
const PUBLISHED: [&str; 4] = ["model.safetensors", "config.json", "source.spm", "vocab.json"];

fn reference_of(fixture: &str) -> Reference {
    serde_json::from_slice(&std::fs::read(format!("{fixture}/reference.json")).unwrap()).unwrap()
}

fn reference() -> Reference {
    reference_of(TINY)
}

/// A folder with the given files of a fixture, so that the loader takes those.
fn folder_of(fixture: &str, files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        std::fs::copy(format!("{fixture}/{file}"), folder.path().join(file)).unwrap();
    }
    folder
}

fn folder(files: &[&str]) -> tempfile::TempDir {
    folder_of(TINY, files)
}

/// The fixture in single precision.
fn exact() -> Model {
    let folder = folder(&["model.safetensors", "config.json", "tokenizer.json"]);
    Model::load(folder.path().to_str().unwrap()).unwrap()
}

/// Both fixtures in single precision, with what is expected of them.
fn both() -> [(Model, Reference); 2] {
    let published = folder_of(MARIAN, &PUBLISHED);
    let published = Model::load(published.path().to_str().unwrap()).unwrap();
    [(exact(), reference()), (published, reference_of(MARIAN))]
}

fn run(model: &Model, cases: &[&Case], width: usize, penalty: f32, limit: usize) -> Vec<Vec<Hypothesis>> {
    let sources: Vec<_> = cases.iter().map(|case| Source { tokens: &case.ids, limit }).collect();
    search(&model.network, &sources, Beam { width, penalty, words: &[] }).unwrap()
}

#[test]
fn sentences_become_the_same_tokens_as_in_python_and_tokens_the_same_sentences() {
    for (model, reference) in both() {
        for case in reference.cases {
            assert_eq!(model.vocabulary.encode(&case.text).unwrap(), case.ids, "{}", case.text);
            assert_eq!(model.vocabulary.decode(&case.greedy.ids), case.greedy.text);
        }
    }
}

#[test]
fn logits_agree_with_pytorch_to_a_ten_thousandth() {
    for (model, reference) in both() {
        let sentences: Vec<_> = reference.cases.iter().map(|case| case.ids.as_slice()).collect();
        let encoded = model.network.encode(&sentences).unwrap();
        let mut history = History::default();
        let mut paths = vec![Vec::new(); sentences.len()];
        for (position, token) in reference.forced_input.iter().enumerate() {
            paths.iter_mut().enumerate().for_each(|(n, path)| path.push(n));
            let live: Vec<_> =
                paths.iter().enumerate().map(|(sentence, path)| Live { sentence, token: *token, path }).collect();
            let logits = model.network.step(&encoded, &mut history, &live).unwrap();
            for (row, case) in logits.iter().zip(&reference.cases) {
                agrees(row, case, position);
            }
        }
    }
}

/// Compares the logits of one position. What may not be produced counts for nothing on either side.
fn agrees(row: &[f32], case: &Case, position: usize) {
    let expected = &case.logits.first16_of_each_position[position];
    let off = row.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off < LOGIT, "position {position} of \"{}\" is off by {off}", case.text);
    assert!((log_sum_exp(row) - case.logits.logsumexp[position]).abs() < LOGIT);
    let top = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
    assert_eq!(top, case.logits.argmax[position]);
}

#[test]
fn greedy_search_finds_what_pytorch_finds() {
    for (model, reference) in both() {
        let cases: Vec<_> = reference.cases.iter().collect();
        for (case, found) in cases.iter().zip(run(&model, &cases, 1, 1.0, reference.max_len)) {
            assert_eq!(found[0].tokens, case.greedy.ids, "{}", case.text);
        }
    }
}

#[test]
fn beam_search_finds_the_same_four_with_the_same_scores() {
    let (model, reference) = (exact(), reference());
    let cases: Vec<_> = reference.cases.iter().collect();
    for (penalty, expected) in [(1.0, (|case| &case.plain) as fn(&Case) -> &Vec<Ranked>), (0.6, |case| &case.short)] {
        for (case, found) in cases.iter().zip(run(&model, &cases, 4, penalty, reference.max_len)) {
            for (found, expected) in found.iter().zip(expected(case)) {
                assert!((found.score - expected.score).abs() < 1e-4, "{} {}", found.score, expected.score);
                assert_eq!(found.tokens, expected.ids, "{}", case.text);
            }
        }
    }
}

#[test]
fn a_sentence_comes_out_the_same_in_every_batch() {
    let (model, reference) = (exact(), reference());
    let found = |cases: &[&Case]| {
        let sources: Vec<_> = cases.iter().map(|case| Source { tokens: &case.ids, limit: 16 }).collect();
        search(&model.network, &sources, Beam { width: 4, penalty: 1.0, words: &[] }).unwrap()
    };
    let together: Vec<_> = reference.cases.iter().collect();
    let reversed: Vec<_> = reference.cases.iter().rev().collect();
    let batch = found(&together);
    assert!(found(&reversed).into_iter().rev().eq(batch.iter().cloned()));
    for (case, expected) in together.iter().zip(batch) {
        assert_eq!(found(&[case])[0], expected, "alone: {}", case.text);
    }
}

#[test]
fn quantised_weights_stay_close_to_the_exact_ones() {
    let folder = folder(&["model.gguf", "tokenizer.json"]);
    let model = Model::load(folder.path().to_str().unwrap()).unwrap();
    assert_eq!((model.card.name.as_str(), model.card.version.as_str()), ("tiny", "0"));
    let (exact, reference) = (exact(), reference());
    assert_eq!(model.network.shape, exact.network.shape);
    let learned = &reference.cases[0];
    assert_eq!(run(&model, &[learned], 4, 1.0, reference.max_len)[0][0].tokens, learned.greedy.ids);
}

fn refusal(change: impl Fn(&std::path::Path)) -> String {
    refusal_of(&folder(&["model.gguf", "tokenizer.json"]), change)
}

fn refusal_of(folder: &tempfile::TempDir, change: impl Fn(&std::path::Path)) -> String {
    change(folder.path());
    match Model::load(folder.path().to_str().unwrap()) {
        Err(error @ (OfflineError::Model { .. } | OfflineError::NoModel { .. } | OfflineError::Read { .. })) => {
            error.to_string()
        }
        Err(other) => panic!("refused for another reason: {other}"),
        Ok(_) => panic!("a damaged model was taken"),
    }
}

fn edit(folder: &std::path::Path, change: impl Fn(&mut Vec<u8>)) {
    edit_file(&folder.join("model.gguf"), change);
}

fn edit_file(file: &std::path::Path, change: impl Fn(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(file).unwrap();
    change(&mut bytes);
    std::fs::write(file, bytes).unwrap();
}

fn rename(bytes: &mut [u8], from: &str, to: &str) {
    let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
    bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
}

#[test]
fn a_truncated_model_is_refused_wherever_it_ends() {
    let length = std::fs::metadata(format!("{TINY}/model.gguf")).unwrap().len();
    for share in [0, 1, 3, 20, 300, 2_000, 40_000, length - 1] {
        let reason = refusal(|folder| edit(folder, |bytes| bytes.truncate(usize::try_from(share).unwrap())));
        let told = reason.contains("ends in the middle") || reason.contains("no GGUF file");
        assert!(told && reason.contains("model.gguf"), "{share} bytes: {reason}");
    }
}

#[test]
fn a_foreign_or_damaged_model_is_refused_with_the_reason() {
    let reason = refusal(|folder| edit(folder, |bytes| bytes[0] = b'g'));
    assert!(reason.contains("no GGUF file"), "{reason}");
    let reason = refusal(|folder| edit(folder, |bytes| rename(bytes, "marian", "llama3")));
    assert!(reason.contains("\"llama3\" model"), "{reason}");
    let reason = refusal(|folder| edit(folder, |bytes| rename(bytes, "layers.1.fc2.weight", "layers.9.fc2.weight")));
    assert!(reason.contains("layers.1.fc2.weight\" is missing"), "{reason}");
    let reason = refusal(|folder| {
        edit(folder, |bytes| {
            let key = b"kabar.ffn";
            let at = bytes.windows(key.len()).position(|window| window == key).unwrap() + key.len() + 4;
            bytes[at] = 96;
        });
    });
    assert!(reason.contains("fc1.weight\" has the shape [64, 32], not [96, 32]"), "{reason}");
}

#[test]
fn a_published_model_that_is_damaged_or_foreign_is_refused_with_file_and_reason() {
    let refusal = |file: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let reason =
            refusal_of(&folder_of(MARIAN, &PUBLISHED), |folder| edit_file(&folder.join(file), |bytes| change(bytes)));
        let blamed = if file == "vocab.json" { "source.spm of" } else { file };
        assert!(reason.contains(blamed), "{file}: {reason}");
        reason
    };
    let setting = |from: &'static str, to: &'static str| {
        refusal("config.json", &move |bytes| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(text.contains(from), "{from}");
            *bytes = text.replace(from, to).into_bytes();
        })
    };
    let weights = "model.safetensors";
    for (reason, word) in [
        (refusal(weights, &|bytes| bytes.truncate(bytes.len() - 1)), "no whole safetensors file"),
        (refusal(weights, &|bytes| bytes.truncate(5)), "no whole safetensors file"),
        (
            refusal(weights, &|bytes| rename(bytes, "model.shared.weight", "model.shaved.weight")),
            "\"model.shared.weight\" is missing",
        ),
        (refusal(weights, &|bytes| rename(bytes, "\"F32\"", "\"I32\"")), "stored as I32"),
        (refusal(weights, &|bytes| *bytes = b"PK\x03\x04zip".to_vec()), "no whole safetensors file"),
        (setting("\"marian\"", "\"bart\""), "\"bart\" model"),
        (
            setting("\"static_position_embeddings\": true", "\"static_position_embeddings\": false"),
            "static_position_embeddings",
        ),
        (setting("\"scale_embedding\": true", "\"scale_embedding\": false"), "scale_embedding"),
        (setting("\"swish\"", "\"gelu\""), "\"gelu\""),
        (refusal("config.json", &|bytes| bytes.truncate(9)), "no Marian configuration"),
        (refusal("source.spm", &|bytes| bytes.truncate(700)), "ends in the middle"),
        (refusal("source.spm", &|bytes| bytes.clear()), "holds no pieces"),
        (refusal("source.spm", &|bytes| *bytes = b"<html>not found</html>".to_vec()), "source.spm"),
        (refusal("vocab.json", &|bytes| bytes.truncate(700)), "vocab.json cannot be read"),
    ] {
        assert!(reason.contains(word), "{word}: {reason}");
    }
}

#[test]
fn a_tokeniser_that_does_not_fit_is_refused() {
    let reason = refusal(|folder| std::fs::write(folder.join("tokenizer.json"), "{}").unwrap());
    assert!(reason.contains("tokenizer.json") && reason.contains("no tokenizer.json"), "{reason}");
    let reason = refusal(|folder| std::fs::remove_file(folder.join("tokenizer.json")).unwrap());
    assert!(reason.contains("holds no model"), "{reason}");
}

#[test]
fn a_folder_without_a_model_says_which_files_it_should_hold() {
    let folder = tempfile::tempdir().unwrap();
    let Err(error) = Model::load(folder.path().to_str().unwrap()) else { panic!("an empty folder was taken") };
    assert!(error.to_string().contains("model.gguf"), "{error}");
}
