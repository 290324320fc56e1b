//! The configuration: layers, origins, and what is said about faults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kabar::config::{Config, Flag, Place, Surroundings, load, shown};
use proptest::prelude::*;

/// Made-up surroundings: a folder of our own, nothing else.
fn around(cwd: &Path) -> Surroundings {
    Surroundings {
        env: BTreeMap::new(),
        cwd: cwd.into(),
        program: "/usr/bin/kabar".into(),
        host: "desk".into(),
        home: Some(cwd.join("home")),
        stderr_is_terminal: false,
        clock: Arc::new(|| "2026-11-25T05:00:00+07:00[+07:00]".parse().unwrap()),
    }
}

fn fixtures(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/config").join(kind);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// Loads a fixture as `./kabar.toml` of an empty folder.
fn loaded(fixture: &Path) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture, folder.path().join("kabar.toml")).unwrap();
    load(None, &[], &around(folder.path())).map_err(|error| error.to_string())
}

#[test]
fn every_valid_fixture_is_accepted() {
    for fixture in fixtures("valid") {
        loaded(&fixture).unwrap_or_else(|error| panic!("{}: {error}", fixture.display()));
    }
}

#[test]
fn every_invalid_fixture_is_refused_with_file_line_and_what_to_do() {
    let mut said = String::new();
    for fixture in fixtures("invalid") {
        let error = loaded(&fixture).expect_err(&fixture.display().to_string());
        assert!(error.starts_with("kabar.toml:"), "{error}");
        assert!(!error.contains("sk-0123456789"), "a key was shown: {error}");
        said += &format!("{}: {error}\n", fixture.file_stem().unwrap().to_string_lossy());
    }
    insta::assert_snapshot!(said);
}

#[test]
fn a_full_file_reaches_every_part_of_the_configuration() {
    let fixture = fixtures("valid").into_iter().find(|path| path.ends_with("full.toml")).unwrap();
    let config = loaded(&fixture).unwrap();
    assert_eq!(config.translate.backend, ["desk", "offline"]);
    assert_eq!((config.summary.words, config.input.max_size), (80, 500 << 10));
    assert_eq!(config.state_dir(), Path::new("state"));
    assert_eq!(config.run.budget, Some(1.0));
    let desk = &config.backends["desk"];
    assert_eq!(desk.price.as_ref().unwrap().currency, "USD");
    assert_eq!(desk.headers["authorization"], "Bearer {{ DESK_TOKEN }}");
}

#[test]
fn later_layers_win_and_every_value_says_who_set_it() {
    let folder = tempfile::tempdir().unwrap();
    let user = folder.path().join("home/.config/kabar");
    std::fs::create_dir_all(&user).unwrap();
    let desk = "[backends.desk]\ndialect = \"openai\"\n";
    std::fs::write(user.join("kabar.toml"), format!("[summary]\nwords = 10\n{desk}")).unwrap();
    let mut around = around(folder.path());
    let words = |config: &Config| (config.summary.words, config.settings["summary.words"].place.to_string());

    let config = load(None, &[], &around).unwrap();
    assert_eq!(words(&config).0, 10);
    assert!(words(&config).1.ends_with("home/.config/kabar/kabar.toml:2"), "{}", words(&config).1);
    assert_eq!(config.translate.backend, ["desk"], "the only backend is the chain");
    assert_eq!(config.settings["input.max_size"].place, Place::Default);

    std::fs::write(folder.path().join("kabar.toml"), "\n\n[summary]\nwords = 20\n").unwrap();
    assert_eq!(words(&load(None, &[], &around).unwrap()), (20, "kabar.toml:4".into()));

    around.env.insert("KABAR_SUMMARY__WORDS".into(), "30".into());
    assert_eq!(words(&load(None, &[], &around).unwrap()), (30, "KABAR_SUMMARY__WORDS in the environment".into()));

    let flag = Flag { name: "--words", key: "summary.words", value: 40.into() };
    assert_eq!(words(&load(None, &[flag], &around).unwrap()), (40, "--words".into()));
}

#[test]
fn a_named_file_stands_in_for_the_local_one_and_its_paths_are_its_own() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("etc")).unwrap();
    std::fs::write(folder.path().join("kabar.toml"), "[summary]\nwords = 10\n").unwrap();
    let text = "[input]\npaths = [\"in\", \"/abs\", \"~/mine\", \"-\"]\n[output]\ndir = \"out\"\n[notify]\nsendmail = \"bin/post\"\n\
                [backends.a]\ndialect = \"openai\"\napi_key_command = [\"bin/token\", \"a/b\"]\n";
    std::fs::write(folder.path().join("etc/news.toml"), text).unwrap();
    let around = around(folder.path());
    let config = load(Some(Path::new("etc/news.toml")), &[], &around).unwrap();
    assert_eq!(config.summary.words, 60);
    assert_eq!(config.output.dir, Path::new("etc/out"));
    let home = folder.path().join("home/mine");
    assert_eq!(config.input.paths, [Path::new("etc/in"), Path::new("/abs"), &home, Path::new("-")]);
    assert_eq!(config.notify.sendmail, Path::new("etc/bin/post"));
    assert_eq!(config.backends["a"].api_key_command.as_deref(), Some(&["etc/bin/token".to_owned(), "a/b".into()][..]));
    for (written, meant) in [("~/post", folder.path().join("home/post")), ("msmtp", "msmtp".into())] {
        std::fs::write(folder.path().join("etc/news.toml"), text.replace("bin/post", written)).unwrap();
        assert_eq!(load(Some(Path::new("etc/news.toml")), &[], &around).unwrap().notify.sendmail, meant);
    }
}

#[test]
fn a_header_of_a_higher_layer_wins_however_it_is_spelled() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[backends.desk]\ndialect = \"openai\"\n[backends.desk.headers]\nX-Team = \"file\"\nX-Desk = \"file\"\n";
    std::fs::write(folder.path().join("kabar.toml"), text).unwrap();
    let mut around = around(folder.path());
    around.env.insert("KABAR_BACKENDS__DESK__HEADERS__X_TEAM".into(), "environment".into());
    let config = load(None, &[], &around).unwrap();
    let headers: Vec<_> = config.backends["desk"].headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(headers, [("x-desk", "file"), ("x-team", "environment")]);
    assert_eq!(config.settings["backends.desk.headers.x-desk"].place.to_string(), "kabar.toml:5");
}

#[test]
fn a_named_file_that_is_missing_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = load(Some(Path::new("nowhere.toml")), &[], &around(folder.path())).unwrap_err();
    assert_eq!(error.to_string(), "nowhere.toml: there is no such file; `kabar init` writes one");
}

#[test]
fn a_backend_can_be_given_by_environment_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut around = around(folder.path());
    for (variable, value) in [
        ("KABAR_BACKENDS__DESK__DIALECT", "openai"),
        ("KABAR_BACKENDS__DESK__URL", "http://127.0.0.1:8000/v1"),
        ("KABAR_BACKENDS__DESK__HEADERS__X_TEAM", "news"),
        ("KABAR_BACKENDS__DESK__PRICE__INPUT", "1"),
    ] {
        around.env.insert(variable.into(), value.into());
    }
    let config = load(None, &[], &around).unwrap();
    assert_eq!(config.translate.backend, ["desk"]);
    let desk = &config.backends["desk"];
    assert_eq!(desk.headers["x-team"], "news");
    assert!((desk.price.as_ref().unwrap().input - 1.0).abs() < f64::EPSILON);
}

#[test]
fn the_offline_engine_needs_no_section_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let flag = Flag { name: "--backend", key: "translate.backend", value: vec!["offline"].into() };
    let config = load(None, &[flag], &around(folder.path())).unwrap();
    assert_eq!(config.backends["offline"].dialect.as_deref(), Some("offline"));
}

#[test]
fn a_variable_reaches_a_backend_whose_name_has_a_hyphen() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kabar.toml"), "[backends.My-desk]\ndialect = \"openai\"\n").unwrap();
    let mut around = around(folder.path());
    around.env.insert("KABAR_BACKENDS__MY_DESK__MODEL".into(), "m".into());
    assert_eq!(load(None, &[], &around).unwrap().backends["My-desk"].model.as_deref(), Some("m"));
}

#[test]
fn secrets_are_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[backends.desk]\ndialect = \"openai\"\nurl = \"https://me:hunter2@host/v1\"\nheaders = { X-Token = \"t0p{{ A }}\" }\n";
    std::fs::write(folder.path().join("kabar.toml"), text).unwrap();
    let config = load(None, &[], &around(folder.path())).unwrap();
    for (key, setting) in &config.settings {
        let shown = shown(key, &setting.value);
        assert!(!shown.contains("hunter2") && !shown.contains("t0p"), "{key} = {shown}");
    }
}

/// A list of patterns, or none.
fn patterns() -> impl Strategy<Value = Option<Vec<String>>> {
    prop::option::of(prop::collection::vec("[a-z]{1,8}", 0..4))
}

/// A value for `summary.words`, or none, in each of the four layers above the reference.
type Words = [Option<u32>; 4];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_highest_layer_that_sets_a_key_wins_and_leaves_the_others_alone(words: Words, other: Words) {
        let value = |n: Option<u32>| n.map(|n| n % 1000 + 1);
        let (words, other) = (words.map(value), other.map(value));
        let folder = tempfile::tempdir().unwrap();
        let mut around = around(folder.path());
        let user = folder.path().join("home/.config/kabar");
        std::fs::create_dir_all(&user).unwrap();
        let text = |layer: usize| {
            let line = |key: &str, value: Option<u32>| value.map_or(String::new(), |n| format!("{key} = {n}\n"));
            format!("[summary]\n{}[run]\n{}", line("words", words[layer]), line("concurrency", other[layer]))
        };
        std::fs::write(user.join("kabar.toml"), text(0)).unwrap();
        std::fs::write(folder.path().join("kabar.toml"), text(1)).unwrap();
        let mut flags = Vec::new();
        for (key, variable, values) in
            [("summary.words", "KABAR_SUMMARY__WORDS", words), ("run.concurrency", "KABAR_RUN__CONCURRENCY", other)]
        {
            if let Some(n) = values[2] {
                around.env.insert(variable.into(), n.to_string());
            }
            flags.extend(values[3].map(|n| Flag { name: "--flag", key, value: i64::from(n).into() }));
        }
        let config = load(None, &flags, &around).unwrap();
        let highest = |values: Words| values.into_iter().rev().flatten().next();
        prop_assert_eq!(config.summary.words, highest(words).unwrap_or(60));
        prop_assert_eq!(config.run.concurrency, highest(other).map(|n| n as usize));
        let place = &config.settings["summary.words"].place;
        let told = match words.iter().rposition(Option::is_some) {
            None => matches!(place, Place::Default),
            Some(0) => matches!(place, Place::File { path, line: 2 } if path.starts_with(&user)),
            Some(1) => matches!(place, Place::File { path, line: 2 } if !path.starts_with(&user)),
            Some(2) => matches!(place, Place::Environment { variable } if variable == "KABAR_SUMMARY__WORDS"),
            Some(_) => matches!(place, Place::Flag { .. }),
        };
        prop_assert!(told, "{words:?}: {place:?}");
    }

    #[test]
    fn a_list_is_that_of_the_highest_layer_as_a_whole_and_tables_grow_together(
        lists in [patterns(), patterns()], flag in patterns()
    ) {
        let folder = tempfile::tempdir().unwrap();
        let around = around(folder.path());
        let user = folder.path().join("home/.config/kabar");
        std::fs::create_dir_all(&user).unwrap();
        for (path, list, name) in [(user, &lists[0], "a"), (folder.path().to_owned(), &lists[1], "b")] {
            let line = list.as_ref().map_or(String::new(), |list| format!("include = {list:?}\n"));
            let backend = format!("[backends.{name}]\ndialect = \"openai\"\nurl = \"http://127.0.0.1:9/v1\"\nmodel = \"m\"\n");
            let chosen = "[translate]\nbackend = [\"a\"]\n[summary]\nbackend = [\"a\"]\n";
            std::fs::write(path.join("kabar.toml"), format!("[input]\n{line}{chosen}{backend}")).unwrap();
        }
        let value = |list: &Vec<String>| list.iter().cloned().map(toml::Value::String).collect::<Vec<_>>().into();
        let flags = flag.iter().map(|list| Flag { name: "--include", key: "input.include", value: value(list) });
        let config = load(None, &flags.collect::<Vec<_>>(), &around).unwrap();
        let highest = flag.as_ref().or(lists[1].as_ref()).or(lists[0].as_ref());
        prop_assert_eq!(&config.input.include, &highest.cloned().unwrap_or_default());
        prop_assert!(config.backends.contains_key("a") && config.backends.contains_key("b"));
    }
}
