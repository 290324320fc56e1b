//! Where a run of blocks may be cut without splitting a quotation, a list or an announcement from what it announces.
//!
//! Place in the data way: used by `section`.
//! It must never trust a single quotation mark: news scrapes lose them.

use crate::model::article::{Block, ParagraphKind};

/// For each block, whether a section may begin with it.
pub fn boundaries(blocks: &[Block]) -> Vec<bool> {
    let mut open = false;
    let mut before: Option<&Block> = None;
    let mut out = Vec::with_capacity(blocks.len());
    for block in blocks {
        out.push(before.is_some_and(|before| may_cut(before, block, open)));
        if block.skipped.is_none() {
            open = is_open_after(&block.text, open && closes_first(&block.text));
            before = Some(block);
        }
    }
    out
}

/// `open`: a quotation of the blocks before has not been closed yet.
fn may_cut(before: &Block, block: &Block, open: bool) -> bool {
    let text = block.text.trim_start();
    let in_quotation = open && (text.starts_with(['"', '“', '«']) || closes_first(text));
    let in_list = block.kind == ParagraphKind::List
        || before.kind == ParagraphKind::Heading
        || before.text.trim_end().ends_with(':')
        || text.starts_with(char::is_lowercase);
    let same_quote = before.kind == ParagraphKind::Quote && block.kind == ParagraphKind::Quote;
    block.skipped.is_none() && !in_quotation && !in_list && !same_quote
}

/// Whether a text closes a quotation before it opens one.
fn closes_first(text: &str) -> bool {
    match text.char_indices().find(|(_, c)| matches!(c, '“' | '”' | '"')) {
        Some((_, '”')) => true,
        Some((at, '"')) => {
            let next = text.get(at + 1..).and_then(|rest| rest.chars().next());
            at > 0 && next.is_none_or(|c| !c.is_alphanumeric())
        }
        _ => false,
    }
}

/// Whether a quotation is open behind a text; `open` says whether one was before it.
fn is_open_after(text: &str, open: bool) -> bool {
    text.chars().fold(open, |open, c| match c {
        '“' => true,
        '”' => false,
        '"' => !open,
        _ => open,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::article::Span;

    fn cuts(texts: &[&str]) -> Vec<bool> {
        let block =
            |text: &&str| Block { span: Span(0, 1), text: (*text).into(), kind: ParagraphKind::Text, skipped: None };
        boundaries(&texts.iter().map(block).collect::<Vec<_>>())
    }

    #[test]
    fn an_open_quotation_carries_over() {
        assert_eq!(cuts(&["“Kami siap.", "“Kami berangkat,” katanya.", "Ia pergi."]), [false, false, true]);
        assert_eq!(cuts(&["Katanya, “Kami siap.", "Kami berangkat.” Ia pergi.", "Lalu pulang."]), [false, false, true]);
        assert_eq!(cuts(&["\"Kami siap.", "\"Kami berangkat,\" katanya.", "Ia pergi."]), [false, false, true]);
    }

    #[test]
    fn a_mark_that_was_lost_does_not_bind_the_rest_of_the_article() {
        assert_eq!(cuts(&["“Kami siap, kata dia.", "Ia pergi.", "Ia pulang."]), [false, true, true]);
    }

    #[test]
    fn what_is_announced_stays_with_its_announcement() {
        assert_eq!(cuts(&["Berikut daftarnya:", "Beras", "Gula"]), [false, false, true]);
    }
}
