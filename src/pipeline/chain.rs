//! The chain: backends in order of failover, and which of them are down for this run.
//!
//! Place in the data way: a unit asks the first usable member, then the next. Failover stands here and not in a layer
//! of the backend, because an answer that a check refused must reach the next backend too.
//! It must never bring a member back that a person has to mend first (a refused key, a used-up quota).

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::backend::{Backend, BackendError, ErrorKind};
use crate::model::event::{Event, Monitor};

/// Requests in a row that came to nothing, after which a backend is given up for this run: their retries were all in
/// vain, or the server accepted none of them.
const GIVE_UP_AFTER: u32 = 3;

/// One backend and how it fares.
pub struct Member {
    /// The backend.
    pub backend: Arc<dyn Backend>,
    /// Whether another backend stands behind it.
    has_next: bool,
    failures: AtomicU32,
    /// What went wrong last, until an answer comes.
    trouble: Mutex<Option<String>>,
    down: OnceLock<String>,
}

impl Member {
    /// A member that is up; `has_next` says that another backend stands behind it.
    pub fn new(backend: Arc<dyn Backend>, has_next: bool) -> Arc<Self> {
        Arc::new(Self {
            backend,
            has_next,
            failures: AtomicU32::new(0),
            trouble: Mutex::default(),
            down: OnceLock::new(),
        })
    }

    /// Whether it may still be asked in this run.
    pub fn is_up(&self) -> bool {
        self.down.get().is_none()
    }

    /// Notes an answer.
    pub fn succeeded(&self) {
        self.failures.store(0, Ordering::Relaxed);
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Notes an error; takes the member down where asking again is in vain, and tells it once.
    pub fn failed(&self, error: &BackendError, monitor: &dyn Monitor) {
        // The breaker leaves it alone for a moment, and another one answers meanwhile: no reason to give it up.
        if error.kind == ErrorKind::Open && self.has_next {
            return;
        }
        // A request that a server does not accept may be one text that it will not work on, in words of its own.
        let may_pass = error.kind.is_transient() || (error.kind == ErrorKind::Unsupported && error.status.is_some());
        let reason = {
            let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
            // The breaker only says that something was wrong before.
            if may_pass && (error.kind != ErrorKind::Open || trouble.is_none()) {
                *trouble = Some(error.message.clone());
            }
            trouble.clone().filter(|_| error.kind == ErrorKind::Open).unwrap_or_else(|| error.message.clone())
        };
        let hopeless = if may_pass {
            self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= GIVE_UP_AFTER
        } else {
            error.kind.is_permanent()
        };
        if hopeless && self.down.set(reason.clone()).is_ok() {
            let backend = self.backend.profile().name.clone();
            monitor.event(&Event::BackendDown { backend, reason });
        }
    }
}

/// Backends in order of failover.
#[derive(Clone, Default)]
pub struct Chain {
    /// The members; one backend may be a member of several chains.
    pub members: Vec<Arc<Member>>,
}

impl Chain {
    /// The members that may still be asked, in order.
    pub fn usable(&self) -> impl Iterator<Item = &Arc<Member>> {
        self.members.iter().filter(|member| member.is_up())
    }

    /// Why no member can be asked any more: what each one said. `None` while one can, and where there is none.
    pub fn exhausted(&self) -> Option<String> {
        self.reasons(usize::MAX, |member| member.down.get().cloned())
    }

    /// Why no member answers now, be it down or not: for the end of a run that had too little work to give one up. One
    /// that takes batches answers in later runs.
    pub fn silent(&self) -> Option<String> {
        self.silent_before(usize::MAX)
    }

    /// The same of the members before the place `below`.
    pub fn silent_before(&self, below: usize) -> Option<String> {
        let now = |member: &&Member| member.backend.batches().is_none();
        let trouble = |member: &Member| member.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.reasons(below, |member| member.down.get().cloned().or_else(|| trouble(Some(member).filter(now)?)))
    }

    fn reasons(&self, below: usize, of: impl Fn(&Member) -> Option<String>) -> Option<String> {
        let reason = |member: &Arc<Member>| Some(format!("{}: {}", member.backend.profile().name, of(member)?));
        let reasons: Option<Vec<String>> = self.members.iter().take(below).map(reason).collect();
        reasons.filter(|reasons| !reasons.is_empty()).map(|reasons| reasons.join("\n"))
    }
}
