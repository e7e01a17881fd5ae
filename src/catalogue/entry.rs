//! What is known of a mutant?

use std::fmt;

/// A mistake, and the ways in which it is made: one file of this folder.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Entry {
    /// What it is called; its first variant has the same name.
    pub name: &'static str,
    /// The mistake in a line.
    pub title: &'static str,
    /// What is to be learnt from it.
    pub lesson: &'static str,
    /// Where it was made, and who has told of it.
    pub source: &'static str,
    /// The path of the file.
    pub file: &'static str,
    /// What is in the file.
    pub code: &'static str,
    /// The variants, at least one.
    pub variants: &'static [Variant],
}

/// One way to make the mistake, beside its fix.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Variant {
    /// What it is called, in the terms of the field.
    pub name: &'static str,
    /// What is wrong.
    pub fault: &'static str,
    /// What the fix does.
    pub remedy: &'static str,
    /// How many threads it takes to show it, besides the main one.
    pub threads: usize,
    /// How many calls of the structure they make for that.
    pub calls: usize,
    /// What must be explored to see it.
    pub memory: Needs,
    /// What it comes to.
    pub symptom: Symptom,
    /// Who is sure to find it.
    pub finders: &'static [Tool],
    /// The wrong code in threads that show it, for [`raddle::model`](crate::model()).
    pub buggy: fn(),
    /// The right code in the same threads.
    pub fixed: fn(),
    /// The module of the file that holds what is wrong.
    pub buggy_module: &'static str,
    /// The module that holds what is right in its place.
    pub fixed_module: &'static str,
}

/// What must be explored to see a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Needs {
    /// The ways in which threads take turns: sequential consistency is enough.
    Interleaving,
    /// What a thread may see late or in another order.
    WeakMemory,
}

/// What a fault comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Symptom {
    /// A panic with this in its message.
    Panic(&'static str),
    /// Two threads use the same memory, and nothing orders them.
    DataRace,
    /// A thread uses what another has dropped, or may have.
    UsedAfterDrop,
    /// Threads wait for what nobody will do.
    Deadlock,
    /// A thread goes round in a loop that nobody will end.
    Livelock,
}

/// Who looks for faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tool {
    /// The engine, in all executions.
    Engine,
    /// loom.
    Loom,
    /// The engine, in executions that are decided by chance.
    Random,
    /// Nobody: the threads run as the machine lets them.
    RealThreads,
}

/// Some lines of a file, shown with their numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Excerpt {
    /// The number of the first line.
    pub line: usize,
    /// The lines, without the indentation that all of them have.
    pub text: String,
}

impl Entry {
    /// What is wrong in the code of a variant of this entry.
    ///
    /// # Panics
    ///
    /// When it is not a variant of this entry.
    pub fn buggy_code(&self, variant: &Variant) -> Excerpt {
        self.module(variant.buggy_module)
    }

    /// What is right in its place.
    ///
    /// # Panics
    ///
    /// As [`buggy_code`](Self::buggy_code).
    pub fn fixed_code(&self, variant: &Variant) -> Excerpt {
        self.module(variant.fixed_module)
    }

    /// What a module of the file holds, less its imports.
    fn module(&self, name: &str) -> Excerpt {
        let opening = format!("mod {name} {{");
        let lines = self.code.lines().zip(1..).skip_while(|(line, _)| *line != opening).skip(1);
        let inside = lines.take_while(|(line, _)| *line != "}");
        let mut shown = inside.skip_while(|(line, _)| line.is_empty() || line.starts_with("    use ")).peekable();
        let Some(&(_, line)) = shown.peek() else { panic!("{} has no module {name}", self.file) };
        let text: Vec<_> = shown.map(|(line, _)| line.strip_prefix("    ").unwrap_or(line)).collect();
        Excerpt { line, text: text.join("\n") }
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, number) in self.text.lines().zip(self.line..) {
            writeln!(f, "{}", format_args!("{number:>4}  {line}").to_string().trim_end())?;
        }
        Ok(())
    }
}

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Needs::Interleaving => "interleaving",
            Needs::WeakMemory => "weak memory",
        })
    }
}

/// The message of a panic is left out.
impl fmt::Display for Symptom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Symptom::Panic(_) => "panic",
            Symptom::DataRace => "data race",
            Symptom::UsedAfterDrop => "use after drop",
            Symptom::Deadlock => "deadlock",
            Symptom::Livelock => "livelock",
        })
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Tool::Engine => "engine",
            Tool::Loom => "loom",
            Tool::Random => "random",
            Tool::RealThreads => "real threads",
        })
    }
}
