//! The rows of a partition, and the frame of each.

use std::ops::Range;

use sqlparser::ast::WindowFrameUnits;

use super::super::order::compare_rows;
use super::bounds::{End, Window};

/// The rows of a partition in order, and their peers: rows that are equal in the window's order.
pub(super) struct Partition<'a> {
    window: &'a Window,
    /// The rows, in order.
    pub(super) rows: Vec<usize>,
    /// The group of peers of each row.
    pub(super) group: Vec<usize>,
    /// The places of each group of peers.
    groups: Vec<Range<usize>>,
}

impl<'a> Partition<'a> {
    pub(super) fn new(window: &'a Window, rows: Vec<usize>) -> Self {
        let (mut group, mut groups) = (Vec::with_capacity(rows.len()), Vec::<Range<usize>>::new());
        for place in 0..rows.len() {
            let is_peer =
                place > 0 && compare_rows(&window.order, rows[place - 1], rows[place]).is_eq();
            match groups.last_mut().filter(|_| is_peer) {
                Some(last) => last.end = place + 1,
                None => groups.push(place..place + 1),
            }
            group.push(groups.len() - 1);
        }
        Self { window, rows, group, groups }
    }

    /// Returns the places of the rows that are equal to that at `place` in the window's order.
    pub(super) fn peers(&self, place: usize) -> Range<usize> {
        self.groups[self.group[place]].clone()
    }

    /// Returns the places that the frame of the row at `place` covers.
    pub(super) fn frame(&self, place: usize) -> Range<usize> {
        let start = match self.window.start {
            End::Unbounded => 0,
            end => self.reach(place, end, true),
        };
        let end = match self.window.end {
            End::Unbounded => self.rows.len(),
            end => self.reach(place, end, false),
        };
        start.min(end)..end
    }

    /// Returns the first place of a frame, or the place after its last.
    fn reach(&self, place: usize, end: End, is_start: bool) -> usize {
        let pick = |range: Range<usize>| if is_start { range.start } else { range.end };
        let shifted = |from: usize, offset: f64, length: usize| {
            (from as f64 + offset + if is_start { 0.0 } else { 1.0 }).clamp(0.0, length as f64)
                as usize
        };
        match (self.window.units, end) {
            (WindowFrameUnits::Rows, End::Current | End::Unbounded) => pick(place..place + 1),
            (WindowFrameUnits::Rows, End::Offset(offset)) => {
                shifted(place, offset, self.rows.len())
            }
            (_, End::Current | End::Unbounded) => pick(self.peers(place)),
            (WindowFrameUnits::Groups, End::Offset(offset)) => {
                let group = shifted(self.group[place], offset, self.groups.len());
                self.groups.get(group).map_or(self.rows.len(), |group| group.start)
            }
            (WindowFrameUnits::Range, End::Offset(offset)) => self.within(place, offset, is_start),
        }
    }

    /// Returns the first place of a frame, or the place after its last, by a distance of values. Rows without a value
    /// reach their peers.
    fn within(&self, place: usize, offset: f64, is_start: bool) -> usize {
        let Some((values, direction)) = self.window.order.first() else {
            return place;
        };
        let sign = if direction.is_descending { -1.0 } else { 1.0 };
        let value = |place: usize| values[self.rows[place]].float().map(|value| value * sign);
        let Some(current) = value(place) else {
            let peers = self.peers(place);
            return if is_start { peers.start } else { peers.end };
        };
        let limit = current + offset;
        let is_inside = |place: &usize| {
            value(*place)
                .is_some_and(|value| if is_start { value >= limit } else { value <= limit })
        };
        let places = 0..self.rows.len();
        match is_start {
            true => places.clone().find(is_inside).unwrap_or(places.end),
            false => places.rev().find(is_inside).map_or(0, |place| place + 1),
        }
    }
}
