//! Orders that people give beside this desk: taken from the inbox of the plant, judged, carried out in their names.

use super::{Worker, lock};
use crate::control::inbox::OrderAnswer;
use crate::control::people::{Act, Hex, OrderFile, OrderRefusal, OrderStatement};
use crate::control::policy::digest;
use crate::domain::audit::{AuditKind, AuditRecord};
use crate::domain::change::{ChangeId, Wish};
use crate::domain::person::UserName;
use crate::domain::time::Span;

/// Orders that nobody signed are recorded no more often than this, lest who has no password fills the log.
const FORGED_EVERY: Span = Span::from_secs(60);

impl Worker {
    /// Once a tick.
    pub(super) fn take_orders(&mut self) {
        let found = self.inbox.look(self.wall.now());
        lock(&self.shared).told.extend(found.notice);
        for (nonce, order) in found.orders {
            let answer = match self.obey(nonce, order) {
                Ok(change) => OrderAnswer { done: true, change, words: String::new() },
                Err(words) => OrderAnswer { done: false, change: None, words },
            };
            if let Err(error) = self.inbox.answer(nonce, &answer, self.wall.now()) {
                let words =
                    format!("The answer to an order cannot be written: {error}. Whoever gave it waits in vain.");
                lock(&self.shared).told.push(words);
            }
        }
    }

    /// The change that was drafted, where one was.
    ///
    /// # Errors
    /// Why the order is not carried out, in words; that is in the audit log then.
    fn obey(&mut self, nonce: Hex<16>, order: Result<OrderFile, OrderRefusal>) -> super::Answer {
        let order = order.map_err(|refusal| self.refuse_forged(&refusal))?;
        let signed = order.signer(&self.accounts).cloned().map_err(|refusal| self.refuse_forged(&refusal))?;
        self.judge(nonce, &order).map_err(|words| self.refuse(&signed, words))?;
        // From here on it counts as used, whatever comes.
        let mut record = self.record(AuditKind::OrderTaken, &signed);
        record.nonce = Some(nonce.to_string());
        self.executor.audit(&record).map_err(|error| error.to_string())?;
        self.nonces.get_or_insert_default().insert(nonce.to_string());
        let words = format!("{} ordered from beside this desk: {} {}", signed.by, signed.act.name(), signed.change);
        lock(&self.shared).told.push(words.trim_end().to_owned());
        self.carry_out_order(&signed).map_err(|words| self.refuse(&signed, words))
    }

    /// Whether the order counts, for the change as it is.
    fn judge(&mut self, nonce: Hex<16>, order: &OrderFile) -> Result<(), String> {
        self.read_nonces()?;
        let used = self.nonces.get_or_insert_default();
        let name = (self.plant_name.as_str(), nonce);
        let words = |refusal: OrderRefusal| refusal.to_string();
        let statement = order.check(&self.accounts, name, self.wall.now(), used).map_err(words)?;
        if statement.act == Act::Draft {
            return Ok(());
        }
        let change = self.change(&ChangeId::new(&statement.change)?)?;
        statement.fits(change.state(), &digest(change)).map_err(words)
    }

    fn carry_out_order(&mut self, order: &OrderStatement) -> super::Answer {
        let by = order.by.clone();
        if order.act == Act::Draft {
            let wish = self.wish_of(&order.wish)?;
            return self.draft(by, wish).map(Some);
        }
        let id = ChangeId::new(&order.change)?;
        match order.act {
            Act::Draft => {}
            Act::Rollback => return self.rollback(by, &id).map(Some),
            Act::Simulate => self.simulate(by, &id)?,
            Act::Keep => self.keep(by, &id)?,
            Act::Revert => self.revert(by, &id, order.reason.clone())?,
        }
        Ok(None)
    }

    /// The wish of a draft, from what the plant shows here: whoever ordered does not see it.
    fn wish_of(&self, text: &str) -> Result<Wish, String> {
        let unread = |error| format!("The wish cannot be read: {error}. Nothing is drafted. Give the order again.");
        let mut wish: Wish = serde_json::from_str(text).map_err(unread)?;
        for setting in &mut wish.settings {
            let present = self.plant.present.get(&setting.signal).and_then(|present| present.value.as_f64());
            let none = || format!("{} shows no number. Nothing is drafted. Look at its source.", setting.signal);
            setting.from = present.ok_or_else(none)?;
        }
        Ok(wish)
    }

    fn record(&self, what: AuditKind, order: &OrderStatement) -> AuditRecord {
        let mut record = AuditRecord::new(self.wall.now(), what);
        record.change = Some(order.change.clone()).filter(|change| !change.is_empty());
        (record.person, record.role) = (Some(order.by.clone()), self.by(&order.by).role);
        (record.reason, record.outcome) = (order.reason.clone(), order.act.name().to_owned());
        record
    }

    fn refuse(&mut self, order: &OrderStatement, words: String) -> String {
        let mut record = self.record(AuditKind::OrderRefused, order);
        record.outcome = format!("{}: {words}", record.outcome);
        self.keep_refusal(&record, Some(&order.by), &words);
        words
    }

    /// Of an order that nobody signed: no name is believed.
    fn refuse_forged(&mut self, refusal: &OrderRefusal) -> String {
        let (now, words) = (self.wall.now(), refusal.to_string());
        match &mut self.forged {
            Some((since, count)) if now - *since < FORGED_EVERY => *count = count.saturating_add(1),
            known => {
                let others = known.replace((now, 0)).map_or(0, |(_, count)| count);
                let mut record = AuditRecord::new(now, AuditKind::OrderRefused);
                record.outcome.clone_from(&words);
                if others > 0 {
                    record.outcome += &format!(" {others} others like it came since the last one that was recorded.");
                }
                self.keep_refusal(&record, None, &words);
            }
        }
        words
    }

    fn keep_refusal(&mut self, record: &AuditRecord, by: Option<&UserName>, words: &str) {
        let recorded = self.executor.audit(record);
        let mut shared = lock(&self.shared);
        shared.told.extend(recorded.err().map(|error| error.to_string()));
        let by = by.map_or_else(|| "someone unknown".to_owned(), ToString::to_string);
        shared.told.push(format!("An order of {by} from beside this desk was refused. {words}"));
    }
}
