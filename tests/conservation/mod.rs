//! Was each accepted value received exactly once, and what each producer sent in the order in which it sent it?

use std::collections::BTreeSet;

/// A value that differs from every other of its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Value {
    pub producer: usize,
    /// Larger for each further value of the producer.
    pub number: usize,
}

/// The values that were received, if none came twice and each receiver got those of one producer in their order.
///
/// # Errors
///
/// The first violation, in words.
pub fn once_and_in_order(received: &[Vec<Value>]) -> Result<BTreeSet<Value>, String> {
    let mut all = BTreeSet::new();
    for (receiver, values) in received.iter().enumerate() {
        let mut last_of_producer: Vec<Option<Value>> = Vec::new();
        for &value in values {
            if !all.insert(value) {
                return Err(format!("{value:?} was received twice, the second time by receiver {receiver}"));
            }
            if last_of_producer.len() <= value.producer {
                last_of_producer.resize(value.producer + 1, None);
            }
            if let Some(last) = last_of_producer[value.producer].replace(value)
                && last > value
            {
                return Err(format!("receiver {receiver} got {value:?} after {last:?}"));
            }
        }
    }
    Ok(all)
}

/// The number of values, if what was received is what was accepted, once and in order.
///
/// # Errors
///
/// The first violation, in words.
pub fn conserved(accepted: &[Vec<Value>], received: &[Vec<Value>]) -> Result<usize, String> {
    let received = once_and_in_order(received)?;
    let accepted: BTreeSet<Value> = accepted.iter().flatten().copied().collect();
    if let Some(lost) = accepted.difference(&received).next() {
        return Err(format!("{lost:?} was accepted and never received"));
    }
    if let Some(stray) = received.difference(&accepted).next() {
        return Err(format!("{stray:?} was received and never accepted"));
    }
    Ok(received.len())
}
