//! Functions of numbers.

use super::super::super::error::QueryError;
use super::super::super::frame::Value;
use super::super::kind::Kind;
use super::super::literal;
use super::super::operators::{arithmetic, number};
use super::super::typed::{Typed, strict};
use super::count_error;

type Answer = Result<Typed, QueryError>;

/// Calls the function `name`; `None` if it is not one of numbers.
pub(super) fn call(name: &str, arguments: &[Typed]) -> Option<Answer> {
    let one: Option<fn(f64) -> f64> = match name {
        "sqrt" => Some(f64::sqrt),
        "cbrt" => Some(f64::cbrt),
        "exp" => Some(f64::exp),
        "ln" => Some(f64::ln),
        "log10" => Some(f64::log10),
        "log2" => Some(f64::log2),
        "log" if arguments.len() == 1 => Some(f64::log10),
        "sin" => Some(f64::sin),
        "cos" => Some(f64::cos),
        "tan" => Some(f64::tan),
        "cot" => Some(|number| 1.0 / number.tan()),
        "asin" => Some(f64::asin),
        "acos" => Some(f64::acos),
        "atan" => Some(f64::atan),
        "degrees" => Some(f64::to_degrees),
        "radians" => Some(f64::to_radians),
        _ => None,
    };
    if let Some(function) = one {
        return Some(floats::<1>(name, arguments, move |[number]| function(number)));
    }
    Some(match name {
        "pi" => match arguments {
            [] => Ok(Typed::constant(Value::Float(std::f64::consts::PI), Kind::Float)),
            _ => Err(count_error(name, arguments.len(), "no")),
        },
        "pow" | "power" => floats::<2>(name, arguments, |[base, power]| base.powf(power)),
        "log" => floats::<2>(name, arguments, |[base, number]| number.ln() / base.ln()),
        "atan2" => floats::<2>(name, arguments, |[y, x]| y.atan2(x)),
        "fdiv" => floats::<2>(name, arguments, |[one, other]| (one / other).floor()),
        "fmod" => floats::<2>(name, arguments, |[one, other]| one - (one / other).floor() * other),
        "isnan" | "isinf" | "isfinite" => test(name, arguments),
        "mod" | "div" => match arguments {
            [one, other] => {
                let op = match name {
                    "mod" => sqlparser::ast::BinaryOperator::Modulo,
                    _ => sqlparser::ast::BinaryOperator::DuckIntegerDivide,
                };
                arithmetic(one.clone(), &op, other.clone())
            }
            _ => Err(count_error(name, arguments.len(), "2")),
        },
        "abs" | "sign" => keeping(name, arguments),
        "trunc" if arguments.len() == 2 => truncated(arguments),
        "ceil" | "ceiling" | "floor" | "trunc" | "even" => keeping(name, arguments),
        "round" => rounded(arguments),
        "gcd" | "lcm" => common(name, arguments),
        "bit_count" => match arguments {
            [_] => whole(name, arguments, |number| i128::from((number as i64).count_ones())),
            _ => Err(count_error(name, arguments.len(), "1")),
        },
        _ => return None,
    })
}

/// A function of floating point numbers.
fn floats<const N: usize>(
    name: &str,
    arguments: &[Typed],
    function: impl Fn([f64; N]) -> f64 + Send + Sync + 'static,
) -> Answer {
    if arguments.len() != N {
        return Err(count_error(name, arguments.len(), &N.to_string()));
    }
    let arguments: Vec<Typed> = arguments
        .iter()
        .map(|argument| number(argument.clone(), name))
        .collect::<Result<_, _>>()?;
    strict(arguments, Kind::Float, move |row| {
        let mut numbers = [f64::NAN; N];
        for (number, value) in numbers.iter_mut().zip(row) {
            *number = value.float().unwrap_or(f64::NAN);
        }
        Ok(Value::Float(function(numbers)))
    })
}

fn test(name: &str, arguments: &[Typed]) -> Answer {
    let [argument] = arguments else {
        return Err(count_error(name, arguments.len(), "1"));
    };
    let test: fn(f64) -> bool = match name {
        "isnan" => f64::is_nan,
        "isinf" => f64::is_infinite,
        _ => f64::is_finite,
    };
    strict(vec![number(argument.clone(), name)?], Kind::Bool, move |row| {
        Ok(Value::Bool(test(row[0].float().unwrap_or(f64::NAN))))
    })
}

/// A function whose result is of the kind of its argument.
fn keeping(name: &str, arguments: &[Typed]) -> Answer {
    let [argument] = arguments else {
        return Err(count_error(name, arguments.len(), "1"));
    };
    let argument = number(argument.clone(), name)?;
    if argument.kind == Kind::Float {
        let function: fn(f64) -> f64 = match name {
            "abs" => f64::abs,
            "sign" => |number| if number == 0.0 { 0.0 } else { number.signum() },
            "ceil" | "ceiling" => f64::ceil,
            "floor" => f64::floor,
            "even" => |number| number.signum() * (number.abs() / 2.0).ceil() * 2.0,
            _ => f64::trunc,
        };
        return floats::<1>(name, &[argument], move |[number]| function(number));
    }
    match name {
        "abs" => whole(name, &[argument], i128::abs),
        "sign" => whole(name, &[argument], i128::signum),
        "even" => whole(name, &[argument], |number| number + number % 2),
        _ => Ok(argument),
    }
}

/// A function of one whole number.
fn whole(name: &str, arguments: &[Typed], function: fn(i128) -> i128) -> Answer {
    let arguments: Vec<Typed> = arguments
        .iter()
        .map(|argument| number(argument.clone(), name))
        .collect::<Result<_, _>>()?;
    let kind = arguments.first().map_or(Kind::Int, |argument| argument.kind.clone());
    strict(arguments, kind, move |row| {
        Ok(row[0].whole().map_or(Value::Null, |number| Value::from_whole(function(number))))
    })
}

fn common(name: &str, arguments: &[Typed]) -> Answer {
    let [one, other] = arguments else {
        return Err(count_error(name, arguments.len(), "2"));
    };
    let is_lcm = name == "lcm";
    let arguments = vec![number(one.clone(), name)?, number(other.clone(), name)?];
    strict(arguments, Kind::Int, move |row| {
        let (Some(one), Some(other)) = (row[0].whole(), row[1].whole()) else {
            return Ok(Value::Null);
        };
        let (mut divisor, mut rest) = (one.abs(), other.abs());
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        let result = if is_lcm && divisor != 0 { (one / divisor * other).abs() } else { divisor };
        Ok(Value::from_whole(result))
    })
}

/// `round(x)`, `round(x, digits)`: half away from zero; negative digits round before the point.
fn rounded(arguments: &[Typed]) -> Answer {
    let (argument, digits) = match arguments {
        [argument] => (argument, literal::whole(0)),
        [argument, digits] => (argument, digits.clone()),
        _ => return Err(count_error("round", arguments.len(), "1 or 2")),
    };
    let (argument, digits) = (number(argument.clone(), "round")?, number(digits, "round")?);
    let kind = argument.kind.clone();
    strict(vec![argument, digits], kind, |row| {
        let digits = row[1].whole().and_then(|digits| i64::try_from(digits).ok()).unwrap_or(0);
        Ok(match row[0].whole() {
            Some(number) if digits >= 0 => Value::from_whole(number),
            Some(number) => {
                let unit = u32::try_from(-digits).ok().and_then(|power| 10_i128.checked_pow(power));
                unit.map_or(Value::Int(0), |unit| {
                    let half = if number < 0 { -unit / 2 } else { unit / 2 };
                    Value::from_whole((number + half) / unit * unit)
                })
            }
            None => Value::Float(round(row[0].float().unwrap_or(f64::NAN), digits)),
        })
    })
}

/// `trunc(x, digits)`: toward zero.
fn truncated(arguments: &[Typed]) -> Answer {
    let numbers = arguments.iter().map(|argument| number(argument.clone(), "trunc"));
    strict(numbers.collect::<Result<_, _>>()?, Kind::Float, |row| {
        let digits = row[1].whole().and_then(|digits| i32::try_from(digits).ok()).unwrap_or(0);
        let (value, power) = (row[0].float().unwrap_or(f64::NAN), 10_f64.powi(digits));
        let cut = (value * power).trunc() / power;
        Ok(Value::Float(if cut.is_finite() { cut } else { value }))
    })
}

/// `number` to `digits` after the point, half away from zero.
pub(in crate::columnar::query::sql) fn round(number: f64, digits: i64) -> f64 {
    let power = 10_f64.powi(i32::try_from(digits.abs()).unwrap_or(i32::MAX));
    let rounded = if digits >= 0 {
        (number * power).round() / power
    } else {
        (number / power).round() * power
    };
    match (rounded.is_finite(), digits >= 0) {
        (true, _) => rounded,
        (false, true) => number,
        (false, false) => 0.0,
    }
}
