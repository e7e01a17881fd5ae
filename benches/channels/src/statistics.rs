//! What do many measurements of one thing say?

use std::fmt;

use crate::report::figures;

/// Quartiles, and how many values they are of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// A quarter of the values is below.
    pub low: f64,
    /// The value in the middle.
    pub median: f64,
    /// A quarter of the values is above.
    pub high: f64,
    /// How many values there are.
    pub count: usize,
}

impl Spread {
    /// The spread of `values`; between two of them it is interpolated.
    ///
    /// # Panics
    ///
    /// When there are none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        assert!(!values.is_empty(), "nothing was measured");
        values.sort_by(f64::total_cmp);
        let at = |part: f64| {
            let place = part * (values.len() - 1) as f64;
            let (below, above) = (values[place.floor() as usize], values[place.ceil() as usize]);
            below + (above - below) * place.fract()
        };
        Self { low: at(0.25), median: at(0.5), high: at(0.75), count: values.len() }
    }
}

/// Shows the median, and in brackets the quartiles.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, median, high] = [self.low, self.median, self.high].map(figures);
        f.pad(&format!("{median} ({low} to {high})"))
    }
}

/// The value in the middle.
///
/// # Panics
///
/// When there are none.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    Spread::of(values).median
}

/// The mean of ratios; none of none.
pub fn geometric_mean(ratios: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (sum, count) = ratios.into_iter().fold((0.0, 0.0), |(sum, count), ratio| (sum + ratio.ln(), count + 1.0));
    (count > 0.0).then(|| (sum / count).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_of_five_values_is_the_second_third_and_fourth() {
        let spread = Spread::of([50.0, 10.0, 30.0, 20.0, 40.0]);
        assert_eq!(spread, Spread { low: 20.0, median: 30.0, high: 40.0, count: 5 });
    }

    #[test]
    fn between_two_values_the_spread_is_interpolated() {
        let spread = Spread::of([2.0, 1.0]);
        assert_eq!(spread, Spread { low: 1.25, median: 1.5, high: 1.75, count: 2 });
        assert_eq!(Spread::of([7.0]), Spread { low: 7.0, median: 7.0, high: 7.0, count: 1 });
    }

    #[test]
    #[should_panic(expected = "nothing was measured")]
    fn nothing_has_no_spread() {
        Spread::of([]);
    }

    #[test]
    fn the_mean_of_a_ratio_and_its_inverse_is_one() {
        assert!((geometric_mean([4.0, 0.25]).unwrap() - 1.0).abs() < 1e-12);
        assert!((geometric_mean([1.0, 2.0, 4.0]).unwrap() - 2.0).abs() < 1e-12);
        assert_eq!(geometric_mean([]), None);
    }

    #[test]
    fn a_spread_is_shown_with_three_figures() {
        assert_eq!(Spread::of([12.3456; 3]).to_string(), "12.3 (12.3 to 12.3)");
    }
}
