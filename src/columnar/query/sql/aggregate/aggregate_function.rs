//! The aggregates by name, and their rules.

use sqlparser::ast::Function;
use strum::EnumString;

use super::super::kind::Kind;

/// An aggregate. DuckDB's other names for it are spelled out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "snake_case")]
pub(in crate::columnar::query::sql) enum AggregateFunction {
    #[strum(serialize = "any_value", serialize = "arbitrary")]
    AnyValue,
    ApproxCountDistinct,
    ApproxQuantile,
    #[strum(serialize = "arg_max", serialize = "argmax", serialize = "max_by")]
    ArgMax,
    #[strum(serialize = "arg_min", serialize = "argmin", serialize = "min_by")]
    ArgMin,
    #[strum(serialize = "avg", serialize = "mean")]
    Avg,
    BitAnd,
    BitOr,
    BitXor,
    #[strum(serialize = "bool_and", serialize = "every")]
    BoolAnd,
    BoolOr,
    Corr,
    Count,
    #[strum(serialize = "count_if", serialize = "countif")]
    CountIf,
    CountStar,
    CovarPop,
    CovarSamp,
    First,
    Kurtosis,
    Last,
    #[strum(serialize = "list", serialize = "array_agg")]
    List,
    Max,
    Median,
    Min,
    Mode,
    Product,
    #[strum(serialize = "quantile_cont", serialize = "percentile_cont")]
    QuantileCont,
    #[strum(serialize = "quantile_disc", serialize = "quantile", serialize = "percentile_disc")]
    QuantileDisc,
    Skewness,
    StddevPop,
    #[strum(serialize = "stddev_samp", serialize = "stddev")]
    StddevSamp,
    #[strum(serialize = "string_agg", serialize = "listagg", serialize = "group_concat")]
    StringAgg,
    Sum,
    VarPop,
    #[strum(serialize = "var_samp", serialize = "variance")]
    VarSamp,
}

impl AggregateFunction {
    /// Returns the aggregate that `call` names, also over a window; `None` if it names another function.
    pub(in crate::columnar::query::sql) fn of(call: &Function) -> Option<Self> {
        call.name.to_string().to_lowercase().parse().ok()
    }

    /// Returns the number of arguments, without separator and fraction; `given` is that of the call, as `count` takes
    /// any number.
    pub(super) fn arity(self, given: usize) -> usize {
        match self {
            Self::Count => given,
            Self::CountStar => 0,
            Self::ArgMax | Self::ArgMin | Self::Corr | Self::CovarPop | Self::CovarSamp => 2,
            _ => 1,
        }
    }

    /// Returns true if it takes a fraction as its last argument.
    pub(super) fn takes_fraction(self) -> bool {
        matches!(self, Self::QuantileCont | Self::QuantileDisc | Self::ApproxQuantile)
    }

    /// Returns true if it computes with numbers.
    pub(super) fn takes_numbers(self) -> bool {
        self.takes_bits()
            || matches!(
                self,
                Self::Sum
                    | Self::Avg
                    | Self::StddevPop
                    | Self::StddevSamp
                    | Self::VarPop
                    | Self::VarSamp
                    | Self::Skewness
                    | Self::Kurtosis
                    | Self::Product
                    | Self::Corr
                    | Self::CovarPop
                    | Self::CovarSamp
                    | Self::QuantileCont
            )
    }

    /// Returns true if it computes with the bits of whole numbers.
    pub(super) fn takes_bits(self) -> bool {
        matches!(self, Self::BitAnd | Self::BitOr | Self::BitXor)
    }

    /// Returns true if it takes truth values as 1 and 0: a sum counts the true ones, a mean is their share.
    pub(super) fn counts_truth(self) -> bool {
        matches!(self, Self::Sum | Self::Avg)
    }

    /// Returns true if it takes conditions.
    pub(super) fn takes_conditions(self) -> bool {
        matches!(self, Self::BoolAnd | Self::BoolOr | Self::CountIf)
    }

    /// Returns true if a row counts although its argument at `place`, of `arguments`, is null.
    pub(super) fn keeps_null(self, place: usize, arguments: usize) -> bool {
        match self {
            // count(distinct a, b)
            Self::Count => arguments > 1,
            // The last argument of arg_max decides.
            Self::List | Self::First | Self::Last | Self::ArgMax | Self::ArgMin => place == 0,
            _ => false,
        }
    }

    /// Returns the kind of the result for a first argument of the kind `first`.
    pub(super) fn result(self, first: Kind) -> Kind {
        match self {
            Self::Count | Self::CountStar | Self::CountIf | Self::ApproxCountDistinct => Kind::Int,
            Self::Sum if first == Kind::Float => Kind::Float,
            Self::Sum => Kind::Huge,
            Self::Median if first.is_number() => Kind::Float,
            Self::BoolAnd | Self::BoolOr => Kind::Bool,
            Self::List => Kind::List(Box::new(first)),
            Self::StringAgg => Kind::Text,
            Self::AnyValue
            | Self::ArgMax
            | Self::ArgMin
            | Self::BitAnd
            | Self::BitOr
            | Self::BitXor
            | Self::First
            | Self::Last
            | Self::Max
            | Self::Median
            | Self::Min
            | Self::Mode
            | Self::QuantileDisc => first,
            Self::ApproxQuantile
            | Self::Avg
            | Self::Corr
            | Self::CovarPop
            | Self::CovarSamp
            | Self::Kurtosis
            | Self::Product
            | Self::QuantileCont
            | Self::Skewness
            | Self::StddevPop
            | Self::StddevSamp
            | Self::VarPop
            | Self::VarSamp => Kind::Float,
        }
    }
}
