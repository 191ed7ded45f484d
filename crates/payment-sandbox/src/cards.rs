//! Stripe's documented test cards: what each number, and each `pm_card_…` token, does.

use serde::{Deserialize, Serialize};

/// Why a card is refused, in the words of Stripe's decline codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Decline {
    Generic,
    InsufficientFunds,
    LostCard,
    StolenCard,
    ExpiredCard,
    IncorrectCvc,
    ProcessingError,
    CardVelocityExceeded,
    Fraudulent,
    TestModeLiveCard,
    /// The bank wants 3-D Secure and nobody is there to answer.
    AuthenticationRequired,
}

impl Decline {
    /// The error's `code`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::ExpiredCard => "expired_card",
            Self::IncorrectCvc => "incorrect_cvc",
            Self::ProcessingError => "processing_error",
            Self::AuthenticationRequired => "authentication_required",
            _ => "card_declined",
        }
    }

    /// The error's `decline_code`; `None` where Stripe sends none.
    pub(crate) fn decline_code(self) -> Option<&'static str> {
        match self {
            Self::Generic => Some("generic_decline"),
            Self::InsufficientFunds => Some("insufficient_funds"),
            Self::LostCard => Some("lost_card"),
            Self::StolenCard => Some("stolen_card"),
            Self::CardVelocityExceeded => Some("card_velocity_exceeded"),
            Self::Fraudulent => Some("fraudulent"),
            Self::TestModeLiveCard => Some("test_mode_live_card"),
            Self::IncorrectCvc => Some("incorrect_cvc"),
            Self::ExpiredCard => Some("expired_card"),
            Self::ProcessingError => Some("processing_error"),
            Self::AuthenticationRequired => Some("authentication_required"),
        }
    }

    /// The API's English message.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Generic | Self::LostCard | Self::StolenCard | Self::Fraudulent => "Your card was declined.",
            Self::AuthenticationRequired => "Your card was declined. This transaction requires authentication.",
            Self::InsufficientFunds => "Your card has insufficient funds.",
            Self::ExpiredCard => "Your card has expired.",
            Self::IncorrectCvc => "Your card's security code is incorrect.",
            Self::ProcessingError => "An error occurred while processing your card. Try again in a little bit.",
            Self::CardVelocityExceeded => {
                "Your card was declined for making repeated attempts too frequently or exceeding its amount limit."
            }
            Self::TestModeLiveCard => {
                "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid \
                 test cards, visit: https://stripe.com/docs/testing."
            }
        }
    }
}

/// What paying with a card leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Behaviour {
    Approve,
    /// Approves after [`SLOW_CARD`].
    Slow,
    Decline(Decline),
    /// Asks for 3-D Secure, then approves.
    Challenge,
    /// Asks for 3-D Secure, then is declined all the same.
    ChallengeThenDecline(Decline),
}

/// How long the slow card takes.
pub(crate) const SLOW_CARD: std::time::Duration = std::time::Duration::from_secs(5);

/// Our own addition to Stripe's cards: approves, slowly.
pub(crate) const SLOW_NUMBER: &str = "4000000000006009";

const CHALLENGE: &[&str] = &[
    "4000002760003184",
    "4000002500003155",
    "4000000000003220",
    "4000000000003063",
];

const APPROVED: &[&str] = &[
    "4242424242424242",
    "4000056655665556",
    "5555555555554444",
    "2223003122003222",
    "5200828282828210",
    "5105105105105100",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "6011000990139424",
    "6011981111111113",
    "3056930009020004",
    "36227206271667",
    "6555900000604105",
    "3566002020360505",
    "6200000000000005",
    "6200000000000047",
    "4000004840008001",
    "5062210000000009",
    "4000000760000002",
    "4000001240000000",
    "4000000320000021",
    "4000001700000003",
    "4000007240000007",
    "4000000000000077",
    "4000000000000093",
    "4000000000000101",
    "4000000000000010",
    "4000000000000028",
    "4000000000000036",
    "4000000000000044",
    "4000000000003055",
    "4000000000009235",
];

/// What the card of this number (digits only) does.
pub(crate) fn behaviour(number: &str) -> Behaviour {
    match number {
        SLOW_NUMBER => Behaviour::Slow,
        "4000000000000002" | "4000000000000341" => Behaviour::Decline(Decline::Generic),
        "4000000000009995" => Behaviour::Decline(Decline::InsufficientFunds),
        "4000000000009987" => Behaviour::Decline(Decline::LostCard),
        "4000000000009979" => Behaviour::Decline(Decline::StolenCard),
        "4000000000000069" => Behaviour::Decline(Decline::ExpiredCard),
        "4000000000000127" => Behaviour::Decline(Decline::IncorrectCvc),
        "4000000000000119" => Behaviour::Decline(Decline::ProcessingError),
        "4000000000006975" => Behaviour::Decline(Decline::CardVelocityExceeded),
        "4100000000000019" | "4000000000004954" => Behaviour::Decline(Decline::Fraudulent),
        "4000008400001629" => Behaviour::ChallengeThenDecline(Decline::Generic),
        "4000008260003178" => Behaviour::ChallengeThenDecline(Decline::InsufficientFunds),
        number if CHALLENGE.contains(&number) => Behaviour::Challenge,
        number if APPROVED.contains(&number) => Behaviour::Approve,
        _ => Behaviour::Decline(Decline::TestModeLiveCard),
    }
}

/// The number behind a `pm_card_…` or `tok_…` test token.
pub(crate) fn token_number(token: &str) -> Option<&'static str> {
    let name = token.strip_prefix("pm_card_").or_else(|| token.strip_prefix("tok_"))?;
    Some(match name {
        "visa" => "4242424242424242",
        "visa_debit" => "4000056655665556",
        "mastercard" => "5555555555554444",
        "mastercard_debit" => "5200828282828210",
        "mastercard_prepaid" => "5105105105105100",
        "amex" => "378282246310005",
        "discover" => "6011111111111117",
        "diners" => "3056930009020004",
        "jcb" => "3566002020360505",
        "unionpay" => "6200000000000005",
        "us" => "4242424242424242",
        "mx" => "4000004840008001",
        "chargeDeclined" | "visa_chargeDeclined" | "chargeCustomerFail" => "4000000000000002",
        "chargeDeclinedInsufficientFunds" | "visa_chargeDeclinedInsufficientFunds" => "4000000000009995",
        "chargeDeclinedLostCard" | "visa_chargeDeclinedLostCard" => "4000000000009987",
        "chargeDeclinedStolenCard" | "visa_chargeDeclinedStolenCard" => "4000000000009979",
        "chargeDeclinedExpiredCard" | "visa_chargeDeclinedExpiredCard" => "4000000000000069",
        "chargeDeclinedIncorrectCvc" | "visa_chargeDeclinedIncorrectCvc" => "4000000000000127",
        "chargeDeclinedProcessingError" | "visa_chargeDeclinedProcessingError" => "4000000000000119",
        "visa_chargeDeclinedVelocityLimitExceeded" | "chargeDeclinedVelocityLimitExceeded" => "4000000000006975",
        "chargeDeclinedFraudulent" | "visa_chargeDeclinedFraudulent" | "radarBlock" => "4100000000000019",
        "authenticationRequired" => "4000002760003184",
        "authenticationRequiredOnSetup" => "4000002500003155",
        "threeDSecure2Required" => "4000000000003220",
        "threeDSecureRequired" => "4000000000003063",
        "threeDSecureRequiredChargeDeclined" | "authenticationRequiredChargeDeclined" => "4000008400001629",
        "authenticationRequiredChargeDeclinedInsufficientFunds" => "4000008260003178",
        "threeDSecureOptional" => "4000000000003055",
        _ => return None,
    })
}

/// The network, by the number's first digits: Stripe's `card.brand`.
pub(crate) fn brand(number: &str) -> &'static str {
    let leading = |digits: usize| {
        number
            .get(..digits)
            .and_then(|text| text.parse::<u32>().ok())
            .unwrap_or(0)
    };
    match (leading(1), leading(2), leading(4)) {
        (4, ..) => "visa",
        (_, 51..=55, _) | (_, _, 2221..=2720) => "mastercard",
        (_, 34 | 37, _) => "amex",
        (_, 30 | 36 | 38 | 39, _) => "diners",
        (_, 35, _) => "jcb",
        (_, 62 | 81, _) => "unionpay",
        (_, 60 | 64 | 65, _) => "discover",
        _ => "unknown",
    }
}

/// Stripe's `card.funding`.
pub(crate) fn funding(number: &str) -> &'static str {
    match number {
        "4000056655665556" | "5200828282828210" | "6011981111111113" | "6200000000000047" => "debit",
        "5105105105105100" => "prepaid",
        _ => "credit",
    }
}

/// The country of issue.
pub(crate) fn country(number: &str) -> &'static str {
    if matches!(number, "4000004840008001" | "5062210000000009") {
        "MX"
    } else {
        "US"
    }
}

/// The check digit of ISO/IEC 7812-1, over 12 to 19 digits.
pub(crate) fn is_luhn(number: &str) -> bool {
    if !(12..=19).contains(&number.len()) || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte - b'0') << (at % 2);
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// How many digits the security code of this number has.
pub(crate) fn cvc_length(number: &str) -> usize {
    if brand(number) == "amex" { 4 } else { 3 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_number_has_its_check_digit() {
        let declined = [
            "4000000000000002",
            "4000000000009995",
            "4000000000009987",
            "4000000000009979",
            SLOW_NUMBER,
        ];
        for number in APPROVED.iter().chain(CHALLENGE).chain(&declined) {
            assert!(is_luhn(number), "{number}");
        }
        assert!(!is_luhn("4242424242424241"));
        assert!(!is_luhn("4242"));
        assert!(!is_luhn("424242424242424x"));
    }

    #[test]
    fn numbers_do_what_stripe_documents() {
        assert_eq!(behaviour("4242424242424242"), Behaviour::Approve);
        assert_eq!(
            behaviour("4000000000009995"),
            Behaviour::Decline(Decline::InsufficientFunds)
        );
        assert_eq!(behaviour("4000002500003155"), Behaviour::Challenge);
        assert_eq!(
            behaviour("4111111111111111"),
            Behaviour::Decline(Decline::TestModeLiveCard)
        );
        assert_eq!(Decline::ExpiredCard.code(), "expired_card");
        assert_eq!(Decline::LostCard.code(), "card_declined");
        assert_eq!(brand("5555555555554444"), "mastercard");
        assert_eq!(brand("2223003122003222"), "mastercard");
        assert_eq!(cvc_length("378282246310005"), 4);
    }
}
