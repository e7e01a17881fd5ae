//! How does a step look on a terminal?
//!
//! The steps so far are a table with a column for each thread, under their names and states; the last of them is the one that
//! just happened. Below are what there is to say of it, the objects, and the source. What there is no room for is left out, the
//! objects and the source first.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Paragraph, Wrap};

use super::stepper::Stepper;
use super::walk::Moment;
use crate::model::ThreadState;

const KEYS: &str = " next: right j space   back: left k backspace   10: PgDn PgUp   ends: Home End   quit: q Esc";
const KEYS_SHORT: &str = " right left  Home End  q";
/// Below this many lines the panels at the bottom are left out, but for a line.
const LINES_MIN: u16 = 16;
/// Below this many columns they stand one above the other.
const COLUMNS_MIN: u16 = 76;
/// How high the panels are, their frames included.
const PANELS: u16 = 10;

/// What things look like.
struct Looks {
    has_colours: bool,
}

impl Looks {
    fn colour(&self, colour: Color) -> Style {
        if self.has_colours { Style::new().fg(colour) } else { Style::new() }
    }

    fn wrong(&self) -> Style {
        self.colour(Color::Red).add_modifier(Modifier::BOLD)
    }

    fn quiet(&self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    fn title(&self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    fn state(&self, state: &ThreadState) -> Style {
        match state {
            ThreadState::Ready => self.colour(Color::Green),
            ThreadState::Waits(_) => self.colour(Color::Yellow),
            ThreadState::Panicked => self.wrong(),
            _ => self.quiet(),
        }
    }
}

/// Draws where `stepper` is.
pub fn draw(frame: &mut Frame<'_>, stepper: &Stepper<'_>, has_colours: bool) {
    let looks = Looks { has_colours };
    let area = frame.area();
    let has_panels = area.height >= LINES_MIN;
    let below = if has_panels { PANELS.max(area.height / 3) } else { 1 };
    let [title, table, panels, keys] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(below), Constraint::Length(1)])
            .areas(area);
    let walk = stepper.walk;
    let place = format!("  step {} of {}  ", stepper.step(), walk.len());
    let parts = vec![
        Span::styled(format!(" {}", walk.name), looks.title()),
        Span::raw(place),
        Span::styled(walk.headline.as_str(), looks.wrong()),
    ];
    frame.render_widget(Line::from(parts), title);
    draw_table(frame, table, stepper, &looks);
    match has_panels {
        true => draw_panels(frame, panels, stepper.now(), &looks),
        false => {
            let details: Vec<_> = stepper.now().details().into_iter().map(|(_, text)| text).collect();
            frame.render_widget(Line::raw(format!(" {}", details.join("  "))), panels);
        }
    }
    let text = if usize::from(keys.width) < KEYS.len() { KEYS_SHORT } else { KEYS };
    frame.render_widget(Line::styled(text, looks.quiet()), keys);
}

/// The threads, and what they did so far.
fn draw_table(frame: &mut Frame<'_>, area: Rect, stepper: &Stepper<'_>, looks: &Looks) {
    let walk = stepper.walk;
    let labels = walk.len().to_string().len() as u16 + 2;
    let columns = walk.threads.iter().map(|_| Constraint::Fill(1));
    let columns: Vec<_> = std::iter::once(Constraint::Length(labels)).chain(columns).collect();
    let areas = Layout::horizontal(columns).spacing(1).split(area);
    let heads = 3;
    let rows = usize::from(area.height.saturating_sub(heads));
    let first = (stepper.at + 1).saturating_sub(rows);
    let shown = || walk.steps[..=stepper.at].iter().enumerate().skip(first);
    let style = |index: usize, moment: &Moment| match () {
        () if moment.event.is_wrong && index == stepper.at => looks.wrong().add_modifier(Modifier::REVERSED),
        () if moment.event.is_wrong => looks.wrong(),
        () if index == stepper.at => looks.title().add_modifier(Modifier::REVERSED),
        () => Style::new(),
    };
    let mut numbers = vec![Line::raw(""), Line::raw(""), Line::raw("")];
    numbers.extend(shown().map(|(index, _)| {
        let mark = if index == stepper.at { '>' } else { ' ' };
        Line::raw(format!("{mark}{:>1$}", index + 1, usize::from(labels) - 1))
    }));
    frame.render_widget(Paragraph::new(numbers), areas[0]);
    for (thread, name) in walk.threads.iter().enumerate() {
        let state = &stepper.now().states[thread];
        let area = areas[thread + 1];
        let mut lines = vec![
            Line::styled(name.as_str(), looks.title()),
            Line::styled(state.to_string(), looks.state(state)),
            Line::styled("─".repeat(usize::from(area.width)), looks.quiet()),
        ];
        lines.extend(shown().map(|(index, moment)| match moment.thread == thread {
            true => Line::styled(moment.event.text.as_str(), style(index, moment)),
            false => Line::raw(""),
        }));
        frame.render_widget(Paragraph::new(lines), area);
    }
}

/// What there is to say of the step, the objects, and the source.
fn draw_panels(frame: &mut Frame<'_>, area: Rect, now: &Moment, looks: &Looks) {
    let is_wide = area.width >= COLUMNS_MIN;
    let [left, right] = match is_wide {
        true => Layout::horizontal([Constraint::Percentage(45), Constraint::Min(1)]).spacing(2).areas(area),
        false => Layout::vertical([Constraint::Percentage(50), Constraint::Min(1)]).areas(area),
    };
    let panel = |title: &'static str| Block::new().borders(Borders::TOP).title(title).border_style(looks.quiet());
    let mut lines: Vec<Line<'_>> = Vec::new();
    for (what, text) in now.details() {
        let style = if now.event.is_wrong && what == "does" { looks.wrong() } else { Style::new() };
        lines.push(Line::from(vec![Span::styled(format!("{what:<9}"), looks.quiet()), Span::styled(text, style)]));
    }
    let objects = now.objects.iter().map(|object| {
        let style = if object.is_new { looks.colour(Color::Cyan).add_modifier(Modifier::BOLD) } else { Style::new() };
        let mark = if object.is_new { "*" } else { " " };
        Line::styled(format!("{mark}{}: {}", object.state.name, object.state.value), style)
    });
    if is_wide {
        let room = usize::from(left.width).max(1);
        let details: usize = lines.iter().map(|line| line.width().div_ceil(room).max(1)).sum();
        let details = u16::try_from(details + 1).unwrap_or(u16::MAX).min(left.height);
        let [above, below] = Layout::vertical([Constraint::Length(details), Constraint::Min(0)]).areas(left);
        let details = Paragraph::new(lines).wrap(Wrap { trim: false });
        frame.render_widget(details.block(panel(" what happened ")), above);
        frame.render_widget(Paragraph::new(objects.collect::<Vec<_>>()).block(panel(" objects ")), below);
    } else {
        lines.extend(objects);
        frame.render_widget(Paragraph::new(lines).block(panel(" what happened ")), left);
    }
    let source = now.lines.iter().map(|line| {
        let (mark, style) = if line.is_here { ('>', looks.title()) } else { (' ', looks.quiet()) };
        Line::styled(format!("{mark}{:>4}  {}", line.number, line.text), style)
    });
    // The line in question is in the middle, also where there is not room for all.
    let room = usize::from(right.height.saturating_sub(1));
    let here = now.lines.iter().position(|line| line.is_here).unwrap_or(0);
    let first = if now.lines.len() <= room { 0 } else { here.saturating_sub(room / 2) };
    let source = Paragraph::new(source.skip(first).collect::<Vec<_>>());
    frame.render_widget(source.block(panel(" source ")), right);
}
