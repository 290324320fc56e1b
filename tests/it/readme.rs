//! The pages for users: what they show is what the program does.

use std::path::{Path, PathBuf};

use clap::Parser as _;
use kabar::backend::{BackendOptions, dialect};
use kabar::cli::Cli;
use kabar::exit::ALL;

use crate::cli::kabar;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
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

/// The pages that show configuration.
const PAGES: [&str; 4] = ["README.md", "docs/BACKENDS.md", "docs/OFFLINE.md", "docs/OPERATIONS.md"];

fn page(name: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(name)).unwrap()
}

/// Every piece of configuration of a page: fenced, indented, or in a cell of a table, where it is a backend's four lines.
fn configurations(page: &str) -> Vec<String> {
    let fenced = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).map(str::to_owned);
    let mut indented = vec![String::new()];
    for line in page.lines() {
        match (line.strip_prefix("    "), indented.last_mut()) {
            (Some(inside), Some(block)) if !block.is_empty() || inside.starts_with('[') => {
                *block += &format!("{inside}\n");
            }
            (None, Some(block)) if !block.is_empty() => indented.push(String::new()),
            _ => {}
        }
    }
    let indented = indented.into_iter().filter(|block| block.starts_with('['));
    fenced.chain(indented).chain(cells(page).iter().map(|cell| four_lines(cell))).collect()
}

/// The cells that show four lines of configuration.
fn cells(page: &str) -> Vec<String> {
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let cells = rows.flat_map(|row| row.split(" | ")).filter(|cell| cell.starts_with("`dialect = "));
    cells.map(str::to_owned).collect()
}

fn four_lines(cell: &str) -> String {
    let lines: Vec<&str> = cell.split("<br>").map(|line| line.trim().trim_matches('`')).collect();
    assert!(lines.len() <= 4, "{cell}");
    format!("[backends.desk]\n{}\n", lines.join("\n"))
}

#[test]
fn every_configuration_that_the_pages_show_is_accepted() {
    let mut seen = 0;
    for name in PAGES {
        for text in configurations(&page(name)) {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("kabar.toml"), &text).unwrap();
            let output = kabar(folder.path()).args(["config", "show"]).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{name}: {said}{text}");
            can_be_built(name, &text);
            seen += 1;
        }
    }
    assert!(seen >= 20, "{seen} pieces of configuration");
}

/// The loader knows no dialect's own rules; who builds the backend does.
fn can_be_built(page: &str, text: &str) {
    let config: toml::Table = text.parse().unwrap();
    let backends = config.get("backends").and_then(toml::Value::as_table).into_iter().flatten();
    for (name, options) in backends.filter(|(_, options)| options["dialect"].as_str() != Some("offline")) {
        let options: BackendOptions = options.clone().try_into().unwrap();
        let made = dialect::make(options.dialect.as_deref().unwrap(), &options);
        assert!(made.is_ok(), "{page}: {name}: {:?}", made.err());
    }
}

#[test]
fn the_readme_shows_every_dialect_in_the_four_lines_of_the_page_on_backends() {
    let (readme, backends) = (cells(README), cells(&page("docs/BACKENDS.md")));
    for name in dialect::names() {
        assert!(readme.iter().any(|cell| cell.starts_with(&format!("`dialect = \"{name}\"`"))), "{name}");
    }
    for cell in readme {
        assert!(backends.contains(&cell), "docs/BACKENDS.md shows other lines than {cell}");
    }
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
fn the_draft_that_the_readme_shows_is_what_the_built_in_engine_writes() {
    let folder = tempfile::tempdir().unwrap();
    let article = format!("{ROOT}/fixtures/articles/laporan-sidang");
    kabar(folder.path()).args(["translate", &article, "-o", "out", "--progress", "none"]).output().unwrap();
    let page = std::fs::read_to_string(folder.path().join("out/laporan-sidang.md")).unwrap();
    let (_, shown) = README.split_once("```text\n").unwrap();
    for line in shown.split("```").next().unwrap().lines() {
        assert!(page.lines().any(|written| written == line), "{line}\n{page}");
    }
}

/// Every page of the repository for people, by its path.
fn pages() -> Vec<PathBuf> {
    let folders = ["", "docs", "docs/decisions", "model", "model/recipe"];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(Path::new(ROOT).join(folder)).unwrap());
    let paths = files.map(|file| file.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

#[test]
fn links_on_the_pages_lead_somewhere() {
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let there = target.starts_with("http") || page.parent().unwrap().join(target).exists();
            assert!(there, "{}: {target}", page.display());
        }
    }
}

#[test]
fn places_in_the_code_that_the_pages_name_are_there() {
    const TOPS: [&str; 7] = ["src/", "tests/", "docs/", "prompts/", "fixtures/", "benches/", ".ci/"];
    let mut seen = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let spans = text.split('`').skip(1).step_by(2).map(|span| span.split(' ').next().unwrap_or_default());
        for span in spans.filter(|span| TOPS.iter().any(|top| span.starts_with(top))) {
            for place in alternatives(span) {
                assert!(Path::new(ROOT).join(&place).exists(), "{}: {place}", page.display());
                seen += 1;
            }
        }
    }
    assert!(seen >= 60, "{seen} places");
}

/// `a/{b,c}.rs` is `a/b.rs` and `a/c.rs`.
fn alternatives(span: &str) -> Vec<String> {
    let Some((head, (inside, tail))) =
        span.split_once('{').and_then(|(head, rest)| Some((head, rest.split_once('}')?)))
    else {
        return vec![span.to_owned()];
    };
    inside.split(',').map(|name| format!("{head}{name}{tail}")).collect()
}
