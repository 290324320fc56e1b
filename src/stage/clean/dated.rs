//! Tells the date of an article from the dates that head its parts: the days of a chronology, of a schedule, of a live report.
//!
//! Place in the data way: used by `clean` after the rules.
//! It must never take a date from the text that readers need to understand what stands under it.

use crate::model::article::{Block, ParagraphKind, Source};

/// A block that a rule takes for a date line.
pub struct DateLine {
    /// Place of its block.
    pub at: usize,
    /// What the block was before.
    pub kind: ParagraphKind,
    /// The date as written.
    pub date: String,
    /// Nothing but the date: no `Diterbitkan:`.
    pub is_bare: bool,
}

impl DateLine {
    fn is_timed(&self) -> bool {
        self.date.contains([':', '.'])
    }
}

/// Takes one date as the article's own, and gives those that head its parts back to the text.
pub fn settle(lines: Vec<DateLine>, blocks: &mut [Block], source: &mut Source) {
    let story = blocks.iter().position(is_statement).unwrap_or(blocks.len());
    let parts = [false, true].map(|timed| heads_parts(&lines, timed, blocks));
    for line in lines {
        let [untimed, timed] = parts;
        let is_followed = blocks.get(line.at + 1).is_some_and(|next| next.skipped.is_none());
        let is_alone = line.at > story && is_followed;
        let is_part = line.is_bare && (is_alone || if line.is_timed() { timed } else { untimed });
        // The hour of publication stands at the top of a live report too.
        if !is_part || line.at < story && line.is_timed() {
            source.date.get_or_insert(line.date);
        }
        if let Some(block) = blocks.get_mut(line.at).filter(|_| is_part) {
            (block.kind, block.skipped) = (line.kind, None);
        }
    }
}

/// Whether several dates of one form stand in the text, with something between them.
fn heads_parts(lines: &[DateLine], timed: bool, blocks: &[Block]) -> bool {
    let same: Vec<&DateLine> = lines.iter().filter(|line| line.is_bare && line.is_timed() == timed).collect();
    same.windows(2).any(|pair| {
        let [first, second] = pair else { return false };
        let between = blocks.get(first.at + 1..second.at).unwrap_or_default();
        first.date != second.date && between.iter().any(|block| block.skipped.is_none())
    })
}

fn is_statement(block: &Block) -> bool {
    let is_text = matches!(block.kind, ParagraphKind::Text | ParagraphKind::Quote | ParagraphKind::List);
    is_text && block.skipped.is_none() && block.text.len() >= 40 && block.text.ends_with(['.', '!', '?', '"', '”'])
}

#[cfg(test)]
mod tests {
    use super::super::{Rules, clean};
    use crate::stage::read::{Format, parse_text};

    /// The article's date, and the lines that are sent.
    fn read(text: &str) -> (Option<String>, Vec<String>) {
        let mut document = parse_text(text, Format::Markdown).unwrap();
        clean(&mut document, &Rules::builtin());
        let sent = document.blocks.into_iter().filter(|block| block.skipped.is_none()).map(|block| block.text);
        (document.source.date, sent.collect())
    }

    #[test]
    fn the_days_of_a_chronology_and_of_a_schedule_stay_in_the_text() {
        let chronology = "Polisi menyatakan tersangka tidak ditahan. Berikut kronologinya.\n\n## 12 Januari 2026\n\nKorban melapor.\n\n## 3 Maret 2026\n\nPolisi tidak menemukan bukti.";
        let (date, sent) = read(chronology);
        assert_eq!(date, None);
        assert!(sent.contains(&"12 Januari 2026".into()) && sent.contains(&"3 Maret 2026".into()), "{sent:#?}");
        let schedule = "# Jadwal Liga 1\n\nSabtu, 28 November 2026\n\nPersib vs Persija, 19.00 WIB\n\nMinggu, 29 November 2026\n\nPSM vs Persebaya, 19.00 WIB\n";
        let (date, sent) = read(schedule);
        assert_eq!((date, sent.len()), (None, 4), "{sent:#?}");
    }

    #[test]
    fn the_date_at_the_top_is_the_articles() {
        let story = "# Harga Beras Turun\n\nSenin, 23 Nov 2026 14:05 WIB\n\nHarga beras turun 3,5 persen pekan ini, kata Kepala Bulog.\n\n12 Januari 2026\n\nHarga naik.\n";
        let (date, sent) = read(story);
        assert_eq!(date.as_deref(), Some("2026-11-23T14:05+07:00"));
        assert_eq!(sent.len(), 3, "{sent:#?}");
    }
}
