//! The macro that declares tables.

/// Declares a row's struct and derives its `Row`: one field is one column, its doc line the column's meaning, and
/// `#[unit = "..."]` its unit. With `borrowed as View from Batch` also a borrowed row, and the columns of a batch from
/// which these are read; with `sorted by (columns)` the order of the rows.
macro_rules! table {
    ($(#[doc = $doc:literal])+ pub struct $name:ident, borrowed as $view:ident from $batch:ident,
        sorted by ($($sorted:ident),+) {
        $(#[doc = $about:literal] $(#[unit = $unit:literal])? pub $column:ident: $type:ty,)+
    }) => {
        $crate::columnar::table::table! {
            $(#[doc = $doc])+
            pub struct $name, sorted by ($($sorted),+) {
                $(#[doc = $about] $(#[unit = $unit])? pub $column: $type,)+
            }
        }

        #[doc = concat!("A borrowed [`", stringify!($name), "`].")]
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct $view<'a> {
            $(#[doc = $about] pub $column: <$type as $crate::columnar::table::Cell>::View<'a>,)+
        }

        impl $crate::columnar::table::Columns for $view<'_> {
            fn fields() -> Vec<arrow::datatypes::Field> {
                $name::fields()
            }

            fn arrays(rows: &[&Self]) -> Vec<arrow::array::ArrayRef> {
                use $crate::columnar::table::Cell;
                vec![$(<$type>::array(rows.iter().map(|row| row.$column))),+]
            }

            fn about() -> String {
                $name::about()
            }

            fn column_docs() -> &'static [$crate::columnar::ColumnDoc] {
                $name::column_docs()
            }

            fn sort_columns() -> &'static [&'static str] {
                $name::sort_columns()
            }

            fn may_precede(&self, next: &Self) -> bool {
                ($(&self.$sorted,)+) <= ($(&next.$sorted,)+)
            }
        }

        struct $batch { $($column: <$type as $crate::columnar::table::Cell>::Array,)+ }

        impl $batch {
            fn new(batch: &$crate::columnar::table::Batch<'_>) -> Result<Self, $crate::columnar::ColumnarError> {
                Ok(Self { $($column: batch.column::<$type>(stringify!($column))?.clone(),)+ })
            }

            fn row(&self, row: usize) -> $view<'_> {
                use $crate::columnar::table::Cell;
                $view { $($column: <$type>::get(&self.$column, row),)+ }
            }
        }
    };
    ($(#[doc = $doc:literal])+ pub struct $name:ident $(, sorted by ($($sorted:ident),+))? {
        $(#[doc = $about:literal] $(#[unit = $unit:literal])? pub $column:ident: $type:ty,)+
    }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name { $(#[doc = $about] pub $column: $type,)+ }

        impl $crate::columnar::table::Columns for $name {
            fn fields() -> Vec<arrow::datatypes::Field> {
                use $crate::columnar::table::Cell;
                vec![$(arrow::datatypes::Field::new(
                    stringify!($column), <$type>::data_type(), <$type>::NULLABLE,
                )),+]
            }

            fn arrays(rows: &[&Self]) -> Vec<arrow::array::ArrayRef> {
                use $crate::columnar::table::Cell;
                vec![$(<$type>::array(rows.iter().map(|row| row.$column.view()))),+]
            }

            fn about() -> String {
                [$($doc.trim_ascii()),+].join(" ")
            }

            fn column_docs() -> &'static [$crate::columnar::ColumnDoc] {
                const { &[$($crate::columnar::ColumnDoc {
                    name: stringify!($column),
                    meaning: $about.trim_ascii(),
                    unit: concat!($($unit)?),
                }),+] }
            }

            fn sort_columns() -> &'static [&'static str] {
                &[$($(stringify!($sorted)),+)?]
            }

            fn may_precede(&self, next: &Self) -> bool {
                // Without columns to sort by, the rows are in no order.
                let (_, _) = (self, next);
                ((), $($(&self.$sorted,)+)?) <= ((), $($(&next.$sorted,)+)?)
            }
        }

        impl $crate::columnar::table::Row for $name {
            fn rows(
                batch: &$crate::columnar::table::Batch<'_>,
            ) -> Result<Vec<Self>, $crate::columnar::ColumnarError> {
                use $crate::columnar::table::Cell;
                $(let $column = batch.column::<$type>(stringify!($column))?;)+
                Ok((0..batch.len()).map(|row| Self { $($column: <$type>::own(<$type>::get($column, row))),+ }).collect())
            }

            fn values(&self) -> Vec<$crate::columnar::Value> {
                use $crate::columnar::table::Cell;
                vec![$(<$type>::value(self.$column.view())),+]
            }
        }
    };
}
pub(crate) use table;
