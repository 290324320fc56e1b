//! Makes things go wrong on purpose, the same way each time for the same seed.
//!
//! Place in the data way: around the transport, for tests and rehearsals (`faults` of a backend).
//! It must never depend on time or on the order of calls: what happens to a request is decided by the seed, its body and
//! how often that body was sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::backend::error::{ErrorKind, Fault};
use crate::backend::http::Transport;
use crate::backend::wire::{WireReply, WireRequest};
use crate::model::key::Key;

/// `faults = { seed = 7, rate = 0.2 }`: one request in five goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultOptions {
    /// The same seed gives the same faults.
    pub seed: u64,
    /// Share of requests that go wrong, from 0 to 1.
    pub rate: f64,
}

/// A transport on which things go wrong.
pub struct Faults {
    inner: Arc<dyn Transport>,
    options: FaultOptions,
    sent: Mutex<HashMap<Key, u32>>,
}

impl Faults {
    /// Wraps a transport.
    pub fn new(inner: Arc<dyn Transport>, options: FaultOptions) -> Self {
        Self { inner, options, sent: Mutex::default() }
    }

    /// Two numbers from 0 to 65,535 that this sending of this body always gets.
    fn dice(&self, request: &WireRequest) -> (u16, u16) {
        let body = String::from_utf8_lossy(&request.body);
        let key = Key::of([request.url.as_str(), &body]);
        let times = {
            let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            let times = sent.entry(key).or_insert(0);
            *times += 1;
            *times
        };
        let Key([a, b, c, d, ..]) = Key::of([format!("{}/{times}", self.options.seed).as_str(), &key.hex()]);
        (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))
    }
}

#[async_trait]
impl Transport for Faults {
    async fn send(&self, request: WireRequest) -> Result<WireReply, Fault> {
        let (whether, which) = self.dice(&request);
        if f64::from(whether) >= self.options.rate * 65_536.0 {
            return self.inner.send(request).await;
        }
        let answer = |status, body: &[u8]| {
            Ok(WireReply { status, headers: Vec::new(), body: body.to_vec(), received: SystemTime::now() })
        };
        match which % 6 {
            0 => answer(429, br#"{"error":{"message":"too many requests (made on purpose)"}}"#),
            1 => answer(503, br#"{"error":{"message":"overloaded (made on purpose)"}}"#),
            2 => answer(200, b"garbage (made on purpose)"),
            3 => Err(Fault::new(ErrorKind::Timeout, "no answer in time (made on purpose)")),
            4 => Err(Fault::new(ErrorKind::Connect, "the connection broke (made on purpose)")),
            _ => {
                let reply = self.inner.send(request).await?;
                let half = reply.body.len() / 2;
                Ok(WireReply { body: reply.body.into_iter().take(half).collect(), ..reply })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fine;

    #[async_trait]
    impl Transport for Fine {
        async fn send(&self, _request: WireRequest) -> Result<WireReply, Fault> {
            Ok(WireReply { status: 200, headers: Vec::new(), body: b"fine".to_vec(), received: SystemTime::UNIX_EPOCH })
        }
    }

    async fn outcomes(seed: u64, order: impl Iterator<Item = u32>) -> Vec<(u32, String)> {
        let faults = Faults::new(Arc::new(Fine), FaultOptions { seed, rate: 0.3 });
        let mut outcomes = Vec::new();
        for n in order {
            let request = WireRequest::post_json("http://h/".into(), &serde_json::json!({ "n": n }));
            let outcome = match faults.send(request).await {
                Ok(reply) => format!("{} {}", reply.status, reply.text()),
                Err(fault) => fault.message,
            };
            outcomes.push((n, outcome));
        }
        outcomes.sort();
        outcomes
    }

    #[tokio::test]
    async fn the_seed_decides_and_the_order_does_not_matter() {
        let forward = outcomes(7, 0..300).await;
        assert_eq!(forward, outcomes(7, (0..300).rev()).await);
        assert_ne!(forward, outcomes(8, 0..300).await);
        let wrong = forward.iter().filter(|(_, outcome)| outcome != "200 fine").count();
        assert!((60..120).contains(&wrong), "{wrong} of 300");
    }
}
