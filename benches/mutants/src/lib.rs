//! How soon are the mutants of the catalogue found, by each strategy of the engine and by other tools?
//!
//! - `tool.rs`: who looks, and what each of them does with a model.
//! - `sample.rs`: what came of one search, in memory and as a line.
//! - `search.rs`: one search, counted and timed, in the process that is there for it.
//! - `child.rs`: that process, and its end.
//! - `results.rs`: what the searches for one mutant come to.
//! - `table.rs`: all of them as a table, and what they come to together.
//! - `json.rs`: all that was measured.

pub mod child;
pub mod json;
pub mod results;
pub mod sample;
pub mod search;
pub mod table;
pub mod tool;
