#![no_main]
//! The readers of replies: whatever a server sends, each dialect gives a reply or a fault.

use std::time::UNIX_EPOCH;

use kabar::backend::dialect::{make, names};
use kabar::backend::options::BackendOptions;
use kabar::backend::wire::WireReply;
use kabar::model::request::{NumberedText, Payload, Request, Translate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, &[u8])| {
    let (status, body) = input;
    let segments = vec![
        NumberedText { n: 1, text: "Harga beras naik.".into() },
        NumberedText { n: 2, text: "Warga senang.".into() },
    ];
    let translate = Translate { source: "id".into(), target: "en".into(), segments, ..Translate::default() };
    let request = Request { system: String::new(), payload: Payload::Translate(translate) };
    let reply = WireReply { status, headers: Vec::new(), body: body.to_vec(), received: UNIX_EPOCH };
    for name in names() {
        if let Ok(dialect) = make(name, &BackendOptions::default()) {
            let _ = dialect.parse(&request, &reply);
        }
    }
});
