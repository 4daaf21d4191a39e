use crate::{Condition, DefaultValue, ParamType, Params, UNLIMITED, Value, Values};
use strum::{EnumString, IntoStaticStr, VariantNames};

#[derive(Debug, Clone, Copy, PartialEq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
enum Start {
    Zero,
    BaseRate,
}

crate::params! {
    /// A group.
    #[derive(Debug, PartialEq)]
    struct Inner {
        /// Epochs without
        /// a better score.
        pub patience: Option<usize> = 0 in 0..=100,
        /// Rate.
        pub rate: f32 = 0.5 in 0.0..=1.0 for start: zero,
        /// Where the bias starts.
        pub start: Start = base_rate,
    }
}

crate::params! {
    /// Everything that a field can be.
    #[derive(Debug, PartialEq)]
    struct Outer {
        given {
            /// The first field.
            first: char,
        }
        /// How many.
        limit: i64 = 7 in 0..=UNLIMITED,
        /// Whether to rotate.
        rotate: bool = true,
        /// Name.
        title: String = "Song",
        /// Minutes.
        minutes: f64 = 5.0 in 0.0..=60.0 as unhashed,
        /// Options of the other crate.
        inner: Inner,
        given {
            /// The last field.
            last: u64,
        }
    }
}

fn outer() -> Outer {
    Outer::from_values(&Values::new(), ('a', 3)).unwrap()
}

#[test]
fn declarations_give_parameters_in_order() {
    let names: Vec<&str> = Outer::PARAMETERS.iter().map(|parameter| parameter.name).collect();
    assert_eq!(names, ["limit", "rotate", "title", "minutes", "patience", "rate", "start"]);
    let [limit, rotate, title, minutes, patience, rate, start] = Outer::PARAMETERS else {
        panic!()
    };
    assert_eq!(limit.param_type, ParamType::Integer(0, i64::MAX));
    assert_eq!(limit.default, DefaultValue::Integer(7));
    assert_eq!(rotate.param_type, ParamType::Boolean);
    assert_eq!(title.default, DefaultValue::Text("Song"));
    assert!(!minutes.hashed && limit.hashed);
    assert_eq!(patience.about, "Epochs without a better score.");
    assert_eq!(rate.condition, Some(Condition { parameter: "start", words: &["zero"] }));
    assert_eq!(start.param_type, ParamType::Choice(&["zero", "base_rate"]));
    assert_eq!(start.default, DefaultValue::Text("base_rate"));
}

#[test]
fn missing_values_are_defaults() {
    let inner = Inner { patience: None, rate: 0.5, start: Start::BaseRate };
    let title = "Song".to_owned();
    let expected =
        Outer { first: 'a', limit: 7, rotate: true, title, minutes: 5.0, inner, last: 3 };
    assert_eq!(outer(), expected);
}

#[test]
fn values_fill_fields() {
    let text = |word: &str| Value::Text(word.to_owned());
    let values: Values = [
        ("limit", Value::Integer(1)),
        ("rotate", Value::Boolean(false)),
        ("title", text("Tune")),
        ("minutes", Value::Number(0.0)),
        ("patience", Value::Integer(4)),
        ("rate", Value::Number(0.25)),
        ("start", text("zero")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let filled = Outer::from_values(&values, ('b', 4)).unwrap();
    let inner = Inner { patience: Some(4), rate: 0.25, start: Start::Zero };
    let title = "Tune".to_owned();
    let expected =
        Outer { first: 'b', limit: 1, rotate: false, title, minutes: 0.0, inner, last: 4 };
    assert_eq!(filled, expected);
}

#[test]
fn values_that_do_not_fit_a_field_are_refused() {
    for value in [Value::Number(1.5), Value::Text("x".to_owned()), Value::Boolean(true)] {
        let found = value.to_string();
        let values = [("patience".to_owned(), value)].into();
        let error = Inner::from_values(&values, ()).unwrap_err();
        assert_eq!((error.name, error.found), ("patience", found));
    }
}

#[test]
fn fields_out_of_range_are_named() {
    assert_eq!(outer().check_ranges(), Ok(()));
    let message = |change: fn(&mut Outer)| {
        let mut changed = outer();
        change(&mut changed);
        changed.check_ranges().unwrap_err().to_string()
    };
    let expected = "`minutes` is 61, but must be a number between 0 and 60";
    assert_eq!(message(|outer| outer.minutes = 61.0), expected);
    let expected = "`minutes` is NaN, but must be a number between 0 and 60";
    assert_eq!(message(|outer| outer.minutes = f64::NAN), expected);
    let expected = "`limit` is -1, but must be a whole number of at least 0";
    assert_eq!(message(|outer| outer.limit = -1), expected);
    let expected = "`patience` is 101, but must be a whole number between 0 and 100";
    assert_eq!(message(|outer| outer.inner.patience = Some(101)), expected);
}
