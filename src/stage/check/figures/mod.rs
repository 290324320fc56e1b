//! Rule `figures`: every figure of the Indonesian stands in the English with the same value, and no other does.
//!
//! Values are compared, not digits: `10.000` is 10,000, `Rp 2,3 triliun` is 2.3 trillion, `dua belas` is 12 or twelve,
//! `pukul 14.00 WIB` is 2 p.m. Small number words (one, two, ordinals) and month names only support: they are never
//! asked for, because good English often has another word for them. Dates have their own check of month and weekday,
//! and a currency must stay what it is.
//!
//! Place in the data way: one of the rules for a segment.
//! It must never convert a unit or a currency to make two figures agree.

mod bound;
mod calendar;
mod clock;
mod currency;
mod direction;
mod english;
mod figure;
mod indonesian;
mod measure;
mod rough;
mod share;
mod table;
mod token;
mod unit;
mod walk;

use crate::model::finding::Finding;

use super::words::Pair;
use crate::stage::number::english::written;
use figure::{Figure, Weight};

pub use table::{TableFigure, table};

const NAME: &str = "figures";

pub(super) fn check(pair: &Pair<'_>) -> Vec<Finding> {
    let (id, en) = (indonesian::read(pair.id), english::read(pair.en));
    let dates = calendar::changed(pair).or_else(|| calendar::swapped(pair));
    let counted = currency::converted(pair).or_else(|| measure::changed(pair, &id, &en));
    let rough = rough::changed(pair, &id, &en).or_else(|| share::changed(pair));
    let turned = bound::turned(pair).or_else(|| direction::turned(pair));
    let others = [dates, clock::changed(pair), counted, rough, turned].into_iter().flatten();
    changed(pair, id, en).into_iter().chain(others.map(|detail| Finding::error(NAME, detail))).collect()
}

/// One finding for all figures that are missing or that nobody gave; a unit that was rightly converted is only noted.
fn changed(pair: &Pair<'_>, mut id: Vec<Figure>, mut en: Vec<Figure>) -> Option<Finding> {
    // The name of a month stands for its number only where the other text writes dates in digits alone.
    id.retain(|figure| !calendar::is_month(&figure.text) || calendar::has_numbered(pair.en));
    en.retain(|figure| !calendar::is_month(&figure.text) || calendar::has_numbered(pair.id));
    // `tiga kali lipat` is *threefold*; `10 persen` is not *tenfold*.
    let multiplies = pair.id_words.iter().any(|word| word.lower.starts_with("kali") || word.lower.ends_with("lipat"));
    en.retain(|figure| multiplies || !figure.text.ends_with("fold"));
    let strangers = |own: &[Figure], others: &[Figure], text: &str| {
        let is_alone = |figure: &&Figure| is_asked(figure) && !others.iter().any(|other| figure.agrees(other));
        // A name such as `Six Flags` or `Pulau Seribu` is kept as it is.
        own.iter().filter(is_alone).filter(|figure| !is_name(figure, text)).cloned().collect::<Vec<_>>()
    };
    let (missing, invented) = (strangers(&id, &en, pair.en), strangers(&en, &id, pair.id));
    if missing.is_empty() && invented.is_empty() {
        return None;
    }
    let is_converted = unit::explains(pair, &missing, &en) && unit::explains(pair, &invented, &id);
    let missing = missing.iter().map(|f| format!("\"{}\"{} is missing or changed", f.text, meant(f)));
    let invented = invented.iter().map(|f| format!("\"{}\" does not stand in the segment", f.text));
    let all = missing.chain(invented).collect::<Vec<_>>().join("; ");
    Some(if is_converted {
        Finding::warn(NAME, format!("A unit was converted: {all}."))
    } else {
        Finding::error(NAME, format!("Figures differ: {all}."))
    })
}

/// Figures in digits of an English text that no Indonesian or English text of `sources` holds, as written.
pub(super) fn unheard<'e>(sources: &[&str], english: &'e [&str]) -> impl Iterator<Item = String> + use<'e> {
    let told: Vec<Figure> =
        sources.iter().flat_map(|text| indonesian::read(text).into_iter().chain(english::read(text))).collect();
    let is_new = move |figure: &Figure| {
        let is_digits = figure.text.starts_with(|c: char| c.is_ascii_digit());
        is_digits && is_asked(figure) && !told.iter().any(|other| figure.agrees(other))
    };
    english.iter().flat_map(|text| english::read(text)).filter(is_new).map(|figure| figure.text)
}

fn is_name(figure: &Figure, text: &str) -> bool {
    figure.text.starts_with(char::is_uppercase) && text.contains(&figure.text)
}

fn is_asked(figure: &Figure) -> bool {
    figure.weight != Weight::Support
}

/// The value in English, where the Indonesian spelling of it could mislead.
fn meant(figure: &Figure) -> String {
    match figure.number() {
        Some(value) if figure.text.contains(|c: char| !c.is_ascii_digit()) => format!(" ({})", written(value)),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(id: &str, en: &str) -> Vec<String> {
        check(&Pair::new(id, en)).into_iter().map(|finding| finding.detail).collect()
    }

    #[test]
    fn figures_that_say_the_same_agree() {
        for (id, en) in [
            ("sekitar 10.000 tentara", "about 10,000 troops"),
            ("naik 3,5 persen", "up 3.5 percent"),
            ("Rp 2,3 triliun", "Rp 2.3 trillion"),
            ("Rp2.300.000.000", "2.3 billion rupiah"),
            ("senilai 1,25 juta dolar AS", "worth $1.25 million"),
            ("dua belas orang", "12 people"),
            ("12 orang", "twelve people"),
            ("dua puluh lima ribu warga", "25,000 residents"),
            ("seratus dua puluh hari", "120 days"),
            ("5-10 juta rupiah", "5 million to 10 million rupiah"),
            ("HUT ke-79 RI", "Indonesia's 79th anniversary"),
            ("HUT ke-79 RI", "the seventy-ninth anniversary"),
            ("pukul 14.00 WIB", "2 p.m. WIB"),
            ("pukul 14.30 WIB", "2:30 pm Western Indonesia Time"),
            ("jam 10 pagi", "10 a.m."),
            ("Selasa (21/10/2025)", "Tuesday, Oct. 21, 2025"),
            ("23 November 2026", "November 23, 2026"),
            ("tahun 1990-an", "in the 1990s"),
            ("Pada 25 Agustus 2025, ribuan orang berkumpul.", "On August 25, 2025, thousands gathered."),
            ("Sejak 2020 jutaan pekerja pulang.", "Since 2020 millions of workers have come home."),
            ("Sejak pukul 07.00 ribuan warga antre.", "Since 7 a.m. thousands of residents had queued."),
            ("Idulfitri 1445 H/2024 M", "Eid al-Fitr 1445 H/2024"),
            ("Gempa 5,6 M mengguncang.", "A magnitude 5.6 quake struck."),
            ("daerah 3T", "disadvantaged, frontier and outermost regions"),
            ("Defisit Rp 321,6 T", "A deficit of Rp 321.6 T"),
            ("Anggaran Rp 3 M", "A budget of Rp 3B"),
            ("teman2 saya lulusan D3", "my friends hold a diploma"),
            ("diam seribu bahasa", "kept silent"),
            ("skor 3-1", "a 3-1 win"),
            ("pria berusia 34 tahun", "the 34-year-old man"),
            ("dua setengah juta orang", "2.5 million people"),
            ("sepertiga warga", "a third of residents"),
            ("satu orang tewas", "a man died"),
            ("Perang Dunia II", "World War 2"),
            ("abad ke-20", "the twentieth century"),
            ("500 ribu", "half a million"),
            ("COVID-19 dan F-16", "COVID-19 and the F-16"),
            ("sejuta pohon", "one million trees"),
            ("sepuluh tahun", "a decade"),
            ("1.234,5 hektare", "1,234.5 hectares"),
            ("24 jam sehari", "24 hours a day"),
            ("ketiga negara itu", "the three countries"),
            ("dua per tiga warga", "two-thirds of residents"),
            ("satu per empat", "a quarter"),
            ("sekitar 4 puluh markas", "around 40 bases"),
            ("menang 4-0", "won four-nil"),
            ("6,5 juta orang", "six-and-a-half million people"),
            ("pedagang kaki lima", "street vendors"),
            ("kendaraan roda empat", "cars"),
            ("bayi kembar empat", "the quadruplets"),
            ("band Six Flags", "the band Six Flags"),
            ("warga Pulau Seribu", "residents of Pulau Seribu"),
            ("usia 40-an", "in their forties"),
            ("tujuh ratus lima puluh", "seven hundred and fifty"),
            ("1.500 m", "1,500 m"),
            ("Rp 200 jutaan", "around Rp 200 million"),
            ("uang pecahan Rp 50 ribuan", "Rp 50,000 notes"),
            ("seharga Rp 300-an juta", "around Rp 300 million"),
            ("sekitar 30-an ribu penonton", "around 30,000 spectators"),
            ("Kelima belas nelayan selamat", "The 15 fishermen survived"),
            ("abad kesembilan belas", "the 19th century"),
            ("ulang tahun ketujuh puluh lima", "the 75th anniversary"),
            ("penampilannya yang keseratus", "his 100th appearance"),
            ("sekitar 2/3 warga", "about two-thirds of residents"),
            ("sebanyak 3/5 anggota", "three-fifths of the members"),
            ("wajib lapor 1x24 jam", "within 24 hours"),
            ("siaga 3 x 24 jam", "on alert for 72 hours"),
            ("naik tiga kali lipat", "rose threefold"),
            ("Rp 5-10 M", "Rp 5 billion to Rp 10 billion"),
            ("Rp 5-10 jt", "Rp 5 million to Rp 10 million"),
            ("setengah juta orang", "some 500,000 people"),
            ("setengah juta orang", "half a million people"),
            ("belasan ribu warga", "more than 10,000 residents"),
            ("belasan orang", "more than ten people"),
            ("bertemu empat mata", "met privately"),
            ("babak 8 besar", "the quarterfinals"),
            ("babak delapan besar", "the quarterfinals"),
            ("pendidikan S2", "a master's degree"),
            ("limbah B3", "hazardous waste"),
            ("lomba 17-an", "Independence Day games"),
            ("buka 24 jam", "open around the clock"),
            ("menang tiga gol tanpa balas", "won 3-0"),
            ("pukul setengah tujuh pagi", "6:30 a.m."),
            ("pukul setengah delapan", "half past seven"),
            ("pukul 19.00 WIB", "seven in the evening"),
        ] {
            assert_eq!(findings(id, en), Vec::<String>::new(), "{id} | {en}");
        }
    }

    #[test]
    fn figures_that_changed_are_found() {
        for (id, en) in [
            ("sekitar 10.000 tentara", "about 1,000 troops"),
            ("sekitar 10.000 tentara", "about 10.000 troops"),
            ("naik 3,5 persen", "up 35 percent"),
            ("naik 3,5 persen", "up 3,5 percent"),
            ("Rp 2,3 triliun", "Rp 2.3 billion"),
            ("dua belas orang", "twenty people"),
            ("HUT ke-79 RI", "the 78th anniversary"),
            ("pukul 14.00 WIB", "3 p.m. WIB"),
            ("23 November 2026", "November 24, 2026"),
            ("23 November 2026", "October 23, 2026"),
            ("pada Selasa malam", "on Wednesday night"),
            ("senilai 300 triliun rupiah", "worth $300 trillion"),
            ("lima orang tewas", "six people died"),
            ("orang itu tewas", "the 17 people died"),
            ("pukul setengah tujuh pagi", "half past seven in the morning"),
            ("pukul setengah tujuh pagi", "7:30 a.m."),
            ("inflasi 0,25 persen", "inflation was 12.25 percent"),
            ("suku bunga 2,50 persen", "the rate is 14.50 percent"),
            ("harga naik 10 persen", "the price rose tenfold"),
            ("setengah juta orang", "half a billion people"),
            ("ketujuh belas korban", "all 18 victims"),
            ("sekitar 2/3 warga", "five residents"),
            ("wajib lapor 2x24 jam", "within 72 hours"),
            ("Rp 500 juta disita", "Rp 500 billion was seized"),
            ("Anggaran Rp 3 M", "A budget of Rp 3 M"),
            ("Pada 2024, ribuan warga mengungsi.", "In 2,024,000, residents fled."),
            ("Pada 5 Mei, 6 orang tewas.", "On May 6, 6 people died."),
            ("ratusan warga", "thousands of residents"),
            ("5 tahun penjara", "5 months in prison"),
        ] {
            assert_ne!(findings(id, en), Vec::<String>::new(), "{id} | {en}");
        }
    }

    #[test]
    fn a_finding_says_what_the_figure_means_in_english() {
        assert_eq!(
            findings("10.000 tentara", "troops"),
            ["Figures differ: \"10.000\" (10,000) is missing or changed."]
        );
        assert_eq!(
            findings("Rp 2,3 triliun", "Rp 2.3 trillion, or 40 percent"),
            ["Figures differ: \"40\" does not stand in the segment."]
        );
    }
}
