//! The select list.

use sqlparser::ast::{
    ExcludeSelectItem, Expr, RenameSelectItem, Select, SelectFlavor, SelectItem,
    SelectItemQualifiedWildcardKind, WildcardAdditionalOptions,
};

use super::super::error::QueryError;
use super::names::{Bound, Names, column_expr, column_of};
use super::pattern::is_like_text;
use super::refusal::{error, refuse, shown};

/// One column of a result.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// Its name.
    pub name: String,
    /// Its value, bound.
    pub expr: Expr,
    /// Whether the query names it by AS.
    pub has_alias: bool,
}

/// The columns that the select list of `select` asks for. An item can use the aliases before it.
pub(super) fn items(select: &Select, names: Names<'_>) -> Result<Vec<Item>, QueryError> {
    let mut items: Vec<Item> = Vec::new();
    let mut aliases: Vec<(String, Expr)> = Vec::new();
    if select.projection.is_empty() && select.flavor == SelectFlavor::FromFirstNoSelect {
        return Ok(names.bound.iter().filter(|bound| !bound.is_merged).map(column_item).collect());
    }
    for item in &select.projection {
        let names = Names { aliases: &aliases, ..names };
        match item {
            SelectItem::UnnamedExpr(expr) => {
                let bound = names.bind(expr)?;
                items.push(Item {
                    name: name_of(expr, &bound, names),
                    expr: bound,
                    has_alias: false,
                });
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                let bound = names.bind(expr)?;
                items.push(Item {
                    name: alias.value.clone(),
                    expr: bound.clone(),
                    has_alias: true,
                });
                aliases.push((alias.value.clone(), bound));
            }
            SelectItem::Wildcard(options) => {
                let columns: Vec<&Bound> =
                    names.bound.iter().filter(|bound| !bound.is_merged).collect();
                items.extend(wildcard(columns, options, names)?);
            }
            SelectItem::QualifiedWildcard(
                SelectItemQualifiedWildcardKind::ObjectName(table),
                options,
            ) => {
                let table = table
                    .0
                    .last()
                    .and_then(|part| part.as_ident())
                    .map(|ident| ident.value.to_lowercase());
                let table = table.unwrap_or_default();
                let is_of = |bound: &&Bound| bound.table.to_lowercase() == table;
                let columns: Vec<&Bound> = names.bound.iter().filter(is_of).collect();
                if columns.is_empty() {
                    return Err(error(
                        format!("there is no table '{}' here", shown(&table)),
                        "name a table of from, or its alias",
                    ));
                }
                items.extend(wildcard(columns, options, names)?);
            }
            other => return Err(refuse(other, "an item is an expression, as NAME if you like")),
        }
    }
    Ok(items)
}

fn name_of(expr: &Expr, bound: &Expr, names: Names<'_>) -> String {
    let column =
        column_of(bound).and_then(|column| names.bound.iter().find(|bound| bound.column == column));
    match (expr, column) {
        (Expr::Identifier(_) | Expr::CompoundIdentifier(_), Some(bound)) => bound.name.clone(),
        (Expr::Identifier(ident), None) => ident.value.clone(),
        _ => match expr.to_string() {
            text if text.eq_ignore_ascii_case("count(*)") => "count".to_owned(),
            text => text,
        },
    }
}

fn column_item(bound: &Bound) -> Item {
    Item { name: bound.name.clone(), expr: column_expr(&bound.column), has_alias: false }
}

/// `*` with its options: EXCLUDE, RENAME, REPLACE, ILIKE.
fn wildcard(
    columns: Vec<&Bound>,
    options: &WildcardAdditionalOptions,
    names: Names<'_>,
) -> Result<Vec<Item>, QueryError> {
    let WildcardAdditionalOptions {
        wildcard_token: _,
        opt_ilike,
        opt_exclude,
        opt_except,
        opt_replace,
        opt_rename,
        opt_alias,
    } = options;
    if opt_alias.is_some() {
        return Err(refuse(options, "* means several columns, which cannot share a name"));
    }
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    let mut excluded: Vec<String> = Vec::new();
    match opt_exclude {
        None => {}
        Some(ExcludeSelectItem::Single(name)) => excluded.extend(last_name(name)),
        Some(ExcludeSelectItem::Multiple(several)) => {
            excluded.extend(several.iter().filter_map(last_name))
        }
    }
    if let Some(except) = opt_except {
        excluded.push(except.first_element.value.clone());
        excluded.extend(except.additional_elements.iter().map(|ident| ident.value.clone()));
    }
    let known = |name: &str| columns.iter().any(|bound| same(&bound.name, name));
    if let Some(unknown) = excluded.iter().find(|name| !known(name)) {
        return Err(QueryError::unknown_column(unknown, names.known.to_vec()));
    }
    let kept = columns.iter().filter(|bound| !excluded.iter().any(|name| same(name, &bound.name)));
    let kept = kept.filter(|bound| {
        opt_ilike.as_ref().is_none_or(|like| is_like_text(&bound.name, &like.pattern))
    });
    let mut items: Vec<Item> = kept.map(|bound| column_item(bound)).collect();
    for replaced in opt_replace.iter().flat_map(|replace| &replace.items) {
        let name = &replaced.column_name.value;
        let Some(item) = items.iter_mut().find(|item| same(&item.name, name)) else {
            return Err(QueryError::unknown_column(name, names.known.to_vec()));
        };
        item.expr = names.bind(&replaced.expr)?;
    }
    let renamed = match opt_rename {
        None => Vec::new(),
        Some(RenameSelectItem::Single(one)) => vec![one],
        Some(RenameSelectItem::Multiple(several)) => several.iter().collect(),
    };
    for rename in renamed {
        let name = &rename.ident.value;
        let Some(item) = items.iter_mut().find(|item| same(&item.name, name)) else {
            return Err(QueryError::unknown_column(name, names.known.to_vec()));
        };
        item.name.clone_from(&rename.alias.value);
    }
    if items.is_empty() {
        return Err(error(
            "the select list has no column".to_owned(),
            "exclude and ilike leave none",
        ));
    }
    Ok(items)
}

fn last_name(name: &sqlparser::ast::ObjectName) -> Option<String> {
    name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone())
}
