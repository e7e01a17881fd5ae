//! Is whatever stands in a file of failures or in `RADDLE_REPLAY` parsed or refused, and does a scenario survive being
//! printed?

#![no_main]

use libfuzzer_sys::fuzz_target;
use raddle::check::Scenario;
use raddle::model::Checker;

fuzz_target!(|text: &str| {
    if let Ok(scenario) = text.parse::<Scenario>() {
        let printed = scenario.to_string();
        assert_eq!(printed.parse().as_ref(), Ok(&scenario), "{printed}");
    }
    // A token says of itself whether it is whole, so that few of these are.
    let _ = Checker::new().replay(text);
});
