//! What to do when an alert fires: the runbooks of `docs/operations`, out of the binary. The alerts' `runbook_url` leads here.

macro_rules! runbooks {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../../../docs/operations/runbooks/", $name, ".md")))),*]
    };
}

/// Name and Markdown, one an alert, and the list of them all.
const RUNBOOKS: &[(&str, &str)] = runbooks! {
    "AvailabilityErrorBudgetBurn"
    "DatabasePoolExhausted"
    "ElevatedErrorRate"
    "HighErrorRate"
    "HighMemoryUsage"
    "HighResponseTimeP95"
    "LatencyErrorBudgetBurn"
    "LowAvailability"
    "LowCacheHitRate"
    "LowCheckoutSuccess"
    "LowPushDelivery"
    "LowWebSocketSuccess"
    "README"
    "ServiceDown"
    "SlowDatabaseQueries"
    "SlowResponseTime"
};

/// The Markdown of an alert's runbook.
pub(super) fn of(alert: &str) -> Option<&'static str> {
    RUNBOOKS.iter().find(|(name, _)| *name == alert).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_runbook_is_in_the_binary() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations/runbooks");
        let files = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut there: Vec<_> = files.map(|file| file.trim_end_matches(".md").to_owned()).collect();
        there.sort();
        let mut embedded: Vec<_> = RUNBOOKS.iter().map(|(name, _)| (*name).to_owned()).collect();
        embedded.sort();
        assert_eq!(embedded, there);
    }
}
