//! The pages for users: what they show is what the program does.

use clap::Parser as _;
use kabar::cli::Cli;
use kabar::exit::ALL;

use crate::cli::kabar;

const README: &str = include_str!("../../README.md");
const OPERATIONS: &str = include_str!("../../docs/OPERATIONS.md");

/// Commands of indented blocks, without what stands before `kabar` (cron's times, a path) and after ` # `.
fn commands(page: &'static str) -> Vec<&'static str> {
    let indented = page.lines().filter(|line| line.starts_with("    ") && !line.contains("sqlite3"));
    let command = |line: &'static str| Some(line[line.rfind("kabar ")?..].split(" # ").next()?.trim());
    indented.filter_map(command).collect()
}

#[test]
fn every_command_that_the_pages_show_is_understood() {
    let shown = [commands(README), commands(OPERATIONS)].concat();
    assert!(shown.len() >= 8, "{shown:?}");
    for command in shown {
        if let Err(error) = Cli::try_parse_from(command.split_whitespace()) {
            panic!("{command}: {error}");
        }
    }
}

#[test]
fn the_exit_codes_on_the_pages_are_those_of_the_program() {
    for exit in ALL {
        let row = format!("| {} | {} |", exit.code(), exit.meaning());
        assert!(README.contains(&row), "README: {row}");
        assert!(OPERATIONS.contains(&row), "OPERATIONS: {row}");
    }
}

#[test]
fn the_configuration_that_the_readme_shows_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let (_, toml) = README.split_once("```toml\n").unwrap();
    std::fs::write(folder.path().join("kabar.toml"), toml.split("```").next().unwrap()).unwrap();
    kabar(folder.path()).args(["config", "show"]).assert().success();
}

#[test]
fn the_page_that_the_readme_shows_is_one_that_the_program_writes() {
    let page = include_str!("snapshots/it__write__the_page_for_people_is_as_it_was_agreed.snap");
    let (_, shown) = README.split_once("```markdown\n").unwrap();
    for line in shown.split("```").next().unwrap().lines() {
        assert!(page.lines().any(|written| written == line), "{line}");
    }
}

#[test]
fn links_between_the_pages_lead_somewhere() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for target in README.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(target.starts_with("http") || root.join(target).exists(), "{target}");
    }
}
