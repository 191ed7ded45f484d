//! What operators do to two numbers.

use promql_parser::parser::token;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Atan2,
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    And,
    Or,
    Unless,
}

impl Operator {
    /// The operator of a token of the parser.
    pub(crate) fn of(id: token::TokenId) -> Option<Self> {
        Some(match id {
            token::T_ADD => Self::Add,
            token::T_SUB => Self::Subtract,
            token::T_MUL => Self::Multiply,
            token::T_DIV => Self::Divide,
            token::T_MOD => Self::Modulo,
            token::T_POW => Self::Power,
            token::T_ATAN2 => Self::Atan2,
            token::T_EQLC => Self::Equal,
            token::T_NEQ => Self::NotEqual,
            token::T_GTR => Self::Greater,
            token::T_LSS => Self::Less,
            token::T_GTE => Self::GreaterOrEqual,
            token::T_LTE => Self::LessOrEqual,
            token::T_LAND => Self::And,
            token::T_LOR => Self::Or,
            token::T_LUNLESS => Self::Unless,
            _ => return None,
        })
    }

    pub(super) fn is_comparison(self) -> bool {
        use Operator as O;
        matches!(
            self,
            O::Equal | O::NotEqual | O::Greater | O::Less | O::GreaterOrEqual | O::LessOrEqual
        )
    }

    /// Whether the result is another quantity, so that the metric's name is wrong for it.
    pub(super) fn changes_meaning(self) -> bool {
        use Operator as O;
        matches!(
            self,
            O::Add | O::Subtract | O::Multiply | O::Divide | O::Modulo | O::Power | O::Atan2
        )
    }

    /// The result for two values of series: none where a comparison does not hold. With `returns_bool` a comparison gives
    /// 1 or 0.
    #[inline]
    pub(super) fn apply(self, left: f64, right: f64, returns_bool: bool) -> Option<f64> {
        if !self.is_comparison() {
            return Some(self.calculate(left, right));
        }
        let holds = self.holds(left, right);
        if returns_bool {
            Some(f64::from(u8::from(holds)))
        } else {
            holds.then_some(left)
        }
    }

    /// The result for two plain numbers, where a comparison always gives 1 or 0.
    pub(super) fn of_numbers(self, left: f64, right: f64) -> f64 {
        self.apply(left, right, true).unwrap_or(f64::NAN)
    }

    fn calculate(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Modulo => left % right,
            Self::Power => left.powf(right),
            Self::Atan2 => left.atan2(right),
            _ => f64::NAN,
        }
    }

    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Greater => left > right,
            Self::Less => left < right,
            Self::GreaterOrEqual => left >= right,
            Self::LessOrEqual => left <= right,
            _ => false,
        }
    }
}
