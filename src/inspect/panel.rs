use serde_json::Value as Json;

/// A chart or tally.
pub(super) trait Panel {
    /// Renders the panel, no line wider than `columns`.
    fn render(&self, columns: usize) -> String;
    /// Returns the panel's data.
    fn to_json(&self) -> Json;
}

/// A panel and its key in JSON.
pub(super) type KeyedPanel = (&'static str, Box<dyn Panel>);

/// Boxes a panel under its key.
pub(super) fn keyed(key: &'static str, panel: impl Panel + 'static) -> KeyedPanel {
    (key, Box::new(panel))
}
