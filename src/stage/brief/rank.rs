//! Puts events in order: watched ones first, then by how many independent outlets tell them, then by freshness.
//!
//! Place in the data way: between `group` and `compose`: only the first events are told in full.
//! It must never count a copy as a second source.

use std::collections::BTreeSet;

use super::conflicts::sort_out;
use super::group::Group;
use super::story::Story;

/// Orders groups, most important first.
pub fn rank(stories: &[Story], mut groups: Vec<Group>) -> Vec<Group> {
    groups.sort_by_cached_key(|group| {
        let member = |at: &usize| stories.get(*at);
        let watched: BTreeSet<&str> =
            group.iter().filter_map(member).flat_map(|story| &story.watch).map(String::as_str).collect();
        let sources = sort_out(stories, group).sources;
        let outlets: BTreeSet<&str> = sources.iter().filter_map(member).map(|story| story.outlet.as_str()).collect();
        let latest = group.iter().filter_map(member).filter_map(|story| story.at).max();
        let first = group.first().copied().unwrap_or_default();
        std::cmp::Reverse((watched.len(), outlets.len(), latest, std::cmp::Reverse(first)))
    });
    groups
}
