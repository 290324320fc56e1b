//! Markdown's tables: each row is a block, its cells divided by bars.
//!
//! Place in the data way: used by the Markdown reader.
//! It must never take a line with a bar for a table's where no rule stands under its head.

use crate::model::article::{Block, ParagraphKind};

use super::inline::strip;
use super::line::{Line, block_of, tidy};
use super::markdown::skipped;

/// A table without bars at its sides: its head, a rule, and the lines with bars that follow.
pub fn table(lines: &[Line<'_>], blocks: &mut Vec<Block>) -> usize {
    let is_rule = |line: &Line<'_>| line.words().contains('|') && is_table_rule(line.words());
    if !lines.first().is_some_and(|head| head.words().contains('|')) || !lines.get(1).is_some_and(is_rule) {
        return 0;
    }
    let rows = lines.iter().take_while(|line| line.words().contains('|')).count();
    for line in lines.iter().take(rows) {
        blocks.extend(row(line));
    }
    rows
}

fn is_table_rule(words: &str) -> bool {
    words.contains('-') && words.chars().all(|c| matches!(c, '-' | ':' | '|' | ' '))
}

/// A row of a table; `\|` is a bar inside a cell.
pub fn row(line: &Line<'_>) -> Option<Block> {
    let words = line.words();
    if words.chars().all(|c| matches!(c, '-' | ':' | '|' | ' ')) {
        return Some(skipped(line.span(), words, "a dividing line"));
    }
    let hidden = words.replace("\\|", "\u{0}");
    let cells: Vec<String> =
        hidden.trim_matches('|').split('|').map(|cell| tidy(&strip(&cell.replace('\u{0}', "|")))).collect();
    block_of(std::slice::from_ref(line), ParagraphKind::List, cells.join(" | "))
}
