//! Which names the enclosing functions and blocks declare at the place that the walk has reached.

use std::collections::HashMap;

/// The scopes that are open, inner ones last.
#[derive(Default)]
pub(super) struct Scopes<'a> {
    /// The names in scope, inner ones last.
    names: Vec<&'a str>,
    /// How often each name is in scope.
    times: HashMap<&'a str, usize>,
    /// For each open scope, how many names there were before it.
    before: Vec<usize>,
}

impl<'a> Scopes<'a> {
    pub(super) fn open(&mut self) {
        self.before.push(self.names.len());
    }

    pub(super) fn close(&mut self) {
        let outer = self.before.pop().unwrap_or(0);
        for name in self.names.drain(outer..) {
            if let Some(times) = self.times.get_mut(name) {
                *times -= 1;
            }
        }
    }

    /// Bring a name into the innermost scope. At package level there is none, and nothing happens.
    pub(super) fn declare(&mut self, name: &'a str) {
        if self.is_within_function() && name != "_" {
            self.names.push(name);
            *self.times.entry(name).or_default() += 1;
        }
    }

    pub(super) fn declares(&self, name: &str) -> bool {
        self.times.get(name).is_some_and(|&times| times > 0)
    }

    /// Whether a scope is open; functions and what is in them open scopes, nothing else does.
    pub(super) fn is_within_function(&self) -> bool {
        !self.before.is_empty()
    }
}
