//! All signals of a plant, by number and by tag path.

use std::collections::HashMap;

use super::signal::{Signal, SignalId};

/// The list of signals. Only grows: a number once given stays valid.
#[derive(Clone, Default, Debug)]
pub struct Catalog {
    signals: Vec<Signal>,
    by_path: HashMap<String, SignalId>,
}

impl Catalog {
    /// Adds a signal, or returns the number of the one that already has its path, which is left
    /// as it is.
    pub fn intern(&mut self, signal: Signal) -> SignalId {
        if let Some(&id) = self.by_path.get(&signal.path) {
            return id;
        }
        let id = SignalId(u32::try_from(self.signals.len()).unwrap_or(u32::MAX));
        self.by_path.insert(signal.path.clone(), id);
        self.signals.push(signal);
        id
    }

    pub fn id(&self, path: &str) -> Option<SignalId> {
        self.by_path.get(path).copied()
    }

    pub fn get(&self, id: SignalId) -> Option<&Signal> {
        self.signals.get(id.index())
    }

    pub fn get_mut(&mut self, id: SignalId) -> Option<&mut Signal> {
        self.signals.get_mut(id.index())
    }

    pub fn len(&self) -> usize {
        self.signals.len()
    }

    pub fn is_empty(&self) -> bool {
        self.signals.is_empty()
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (SignalId, &Signal)> {
        self.signals.iter().enumerate().map(|(index, signal)| (SignalId(index as u32), signal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::value::ValueKind;

    #[test]
    fn a_path_has_one_number_for_ever() {
        let mut catalog = Catalog::default();
        let first = catalog.intern(Signal::new("a/b", ValueKind::Real));
        let second = catalog.intern(Signal::new("a/c", ValueKind::Bool));
        assert_eq!(catalog.intern(Signal::new("a/b", ValueKind::Text)), first);
        assert_eq!(catalog.get(first).map(|signal| signal.kind), Some(ValueKind::Real));
        assert_eq!((catalog.id("a/c"), catalog.id("a/d"), catalog.len()), (Some(second), None, 2));
    }
}
