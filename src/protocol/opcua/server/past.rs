//! What the server remembers of its variables, and how clients read it: raw values by time, page by
//! page (OPC 10000-11, 4.6 and 6.5.3). Pure.

use std::collections::VecDeque;

use opcua::types::{DataValue, DateTime, StatusCode};

use crate::domain::quality::Quality;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::protocol::opcua::value::data_value;

/// The past of all variables of a server, bounded: of each, the oldest values go first.
#[derive(Clone, Debug)]
pub struct Memory {
    most: usize,
    series: Vec<VecDeque<Point>>,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Point {
    pub time: Timestamp,
    pub value: Value,
    pub quality: Quality,
}

/// What a client asks of one variable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// None: not said. Behind `end`, values come newest first.
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
    /// Most values of an answer, or of all answers where only one time is said; zero: all there are.
    pub count: usize,
    /// The values at the ends, or next to them, are wanted too.
    pub bounds: bool,
}

/// Where the next page begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Cursor {
    /// Time of the last value of the range that was told, and how many of that time were; none: only
    /// the bound before it was.
    after: Option<(Timestamp, usize)>,
    /// As [`Asked::count`], less what was told already.
    count: usize,
}

/// An answer: its values, and where the next one begins, if there is more.
#[derive(Debug)]
pub(super) struct Page {
    pub values: Vec<DataValue>,
    pub next: Option<Cursor>,
}

impl Memory {
    /// Room for `most` values of each of `variables` variables, in the order in which the server has them.
    pub fn new(variables: usize, most: usize) -> Self {
        Self { most: most.max(1), series: vec![VecDeque::new(); variables] }
    }

    /// Keeps a value of the variable at this place. One that comes late is put where it belongs.
    pub fn keep(&mut self, variable: usize, time: Timestamp, value: Value, quality: Quality) {
        let Some(series) = self.series.get_mut(variable) else { return };
        let late = series.back().is_some_and(|last| last.time > time);
        let place = if late { series.partition_point(|point| point.time <= time) } else { series.len() };
        series.insert(place, Point { time, value, quality });
        if series.len() > self.most {
            series.pop_front();
        }
    }

    pub(super) fn latest(&self, variable: usize) -> Option<&Point> {
        self.series.get(variable)?.back()
    }

    /// At most `room` values of a variable, from the beginning or from where the page before ended.
    ///
    /// # Errors
    /// When too little is said to know which values are meant, or there is no such variable.
    pub(super) fn page(
        &self,
        variable: usize,
        asked: &Asked,
        cursor: Option<Cursor>,
        room: usize,
    ) -> Result<Page, StatusCode> {
        let series = self.series.get(variable).ok_or(StatusCode::BadNodeIdUnknown)?;
        let (first, last, backward) = match (asked.start, asked.end) {
            (Some(start), Some(end)) => (start, Some(end), start > end),
            (Some(start), None) if asked.count > 0 => (start, None, false),
            (None, Some(end)) if asked.count > 0 => (end, None, true),
            _ => return Err(StatusCode::BadHistoryOperationInvalid),
        };
        let way = Way { series, backward };
        // The end is not part of the range: of ranges that meet, one alone holds the value between them.
        let (begin, end) = (way.seek(first), last.map_or(series.len(), |last| way.seek(last)));
        let opening = (asked.bounds && cursor.is_none() && way.get(begin).is_none_or(|point| point.time != first))
            .then(|| begin.checked_sub(1).and_then(|place| way.get(place)).map_or_else(|| no_bound(first), told));
        let closing = last.filter(|_| asked.bounds).map(|last| way.get(end).map_or_else(|| no_bound(last), told));

        let count = cursor.map_or(asked.count, |cursor| cursor.count);
        let room = if count > 0 { room.min(count) } else { room }.max(1);
        let begin = cursor.and_then(|cursor| cursor.after).map_or(begin, |after| way.behind(after)).min(end);
        let mut values: Vec<DataValue> = opening.into_iter().collect();
        let stop = end.min(begin + room.saturating_sub(values.len()));
        values.extend((begin..stop).filter_map(|place| way.get(place)).map(told));
        if stop == end && (closing.is_none() || values.len() < room) {
            values.extend(closing);
            return Ok(Page { values, next: None });
        }
        let count = if last.is_some() { count } else { count.saturating_sub(values.len()) };
        if last.is_none() && count == 0 {
            return Ok(Page { values, next: None });
        }
        let told_last =
            stop.checked_sub(1).filter(|_| stop > begin).and_then(|place| Some((place, way.get(place)?.time)));
        let after = match told_last {
            Some((place, time)) => Some((time, place + 1 - way.seek(time))),
            None => cursor.and_then(|cursor| cursor.after),
        };
        Ok(Page { values, next: Some(Cursor { after, count }) })
    }
}

/// A series in the direction in which it is read.
struct Way<'a> {
    series: &'a VecDeque<Point>,
    backward: bool,
}

impl Way<'_> {
    /// Place of the first value at this time or beyond it.
    fn seek(&self, time: Timestamp) -> usize {
        if self.backward {
            self.series.len() - self.series.partition_point(|point| point.time <= time)
        } else {
            self.series.partition_point(|point| point.time < time)
        }
    }

    /// Place behind the last value that was told, of which there were `told` at its time; some of them may be
    /// forgotten by now.
    fn behind(&self, (time, told): (Timestamp, usize)) -> usize {
        let begin = self.seek(time);
        begin
            + (begin..).take(told).take_while(|place| self.get(*place).is_some_and(|point| point.time == time)).count()
    }

    fn get(&self, place: usize) -> Option<&Point> {
        let place = if self.backward { (self.series.len().checked_sub(1)?).checked_sub(place)? } else { place };
        self.series.get(place)
    }
}

fn told(point: &Point) -> DataValue {
    data_value(&point.value, point.time, point.quality)
}

fn no_bound(time: Timestamp) -> DataValue {
    DataValue {
        status: Some(StatusCode::BadBoundNotFound),
        source_timestamp: Some(DateTime::from(time.to_utc())),
        ..DataValue::null()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::opcua::value::moment;

    /// Moments of the example in the standard, as minutes past five.
    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + minutes * 60_000)
    }

    fn example() -> Memory {
        let mut memory = Memory::new(1, 100);
        for minutes in [0, 2, 3, 5, 6] {
            memory.keep(0, at(minutes), Value::Int(minutes), Quality::Good);
        }
        memory
    }

    /// Minutes of the values, with all pages in a row; bounds that were not found are negative.
    fn minutes(memory: &Memory, asked: &Asked, room: usize) -> Vec<Vec<i64>> {
        let (mut cursor, mut pages) = (None, Vec::new());
        loop {
            let page = memory.page(0, asked, cursor, room).expect("a good question");
            let minute = |told: &DataValue| {
                let time = told.source_timestamp.as_ref().and_then(moment).expect("a time");
                let minute = (time - at(0)).as_nanos() / 60_000_000_000;
                if told.status == Some(StatusCode::BadBoundNotFound) { -minute } else { minute }
            };
            pages.push(page.values.iter().map(minute).collect());
            cursor = page.next;
            if cursor.is_none() {
                return pages;
            }
            assert!(pages.len() < 100, "no end: {pages:?}");
        }
    }

    /// Table 1 of OPC 10000-11, 4.6, as far as both times or a count are said.
    #[test]
    fn ranges_and_bounds_are_those_of_the_standard() {
        let memory = example();
        let rows: [(Option<i64>, Option<i64>, usize, bool, &[i64]); 15] = [
            (Some(0), Some(5), 0, true, &[0, 2, 3, 5]),
            (Some(0), Some(5), 0, false, &[0, 2, 3]),
            (Some(1), Some(4), 0, true, &[0, 2, 3, 5]),
            (Some(1), Some(4), 0, false, &[2, 3]),
            (Some(5), Some(0), 0, true, &[5, 3, 2, 0]),
            (Some(5), Some(0), 0, false, &[5, 3, 2]),
            (Some(4), Some(1), 0, true, &[5, 3, 2, 0]),
            (Some(4), Some(1), 0, false, &[3, 2]),
            (Some(4), Some(4), 0, true, &[3, 5]),
            (Some(4), Some(4), 0, false, &[]),
            (Some(3), Some(3), 0, true, &[3]),
            (Some(0), None, 3, false, &[0, 2, 3]),
            (Some(1), None, 3, true, &[0, 2, 3]),
            (None, Some(5), 3, false, &[5, 3, 2]),
            (Some(7), Some(9), 0, true, &[6, -9]),
        ];
        for (start, end, count, bounds, expected) in rows {
            let asked = Asked { start: start.map(at), end: end.map(at), count, bounds };
            assert_eq!(minutes(&memory, &asked, 100).concat(), expected, "{start:?} {end:?} {count} {bounds}");
            // However small the pages, the values are the same.
            for room in 1..4 {
                assert_eq!(minutes(&memory, &asked, room).concat(), expected, "{start:?} {end:?} by {room}");
            }
        }
    }

    #[test]
    fn a_count_beside_two_times_is_the_size_of_a_page() {
        let asked = Asked { start: Some(at(0)), end: Some(at(7)), count: 2, bounds: false };
        assert_eq!(minutes(&example(), &asked, 100), [vec![0, 2], vec![3, 5], vec![6]]);
    }

    #[test]
    fn values_of_one_moment_come_once_each_over_pages() {
        let mut memory = example();
        for number in [21, 22, 23] {
            memory.keep(0, at(2), Value::Int(number), Quality::Good);
        }
        for (start, end) in [(0, 6), (6, -1)] {
            let asked = Asked { start: Some(at(start)), end: Some(at(end)), count: 0, bounds: false };
            let whole = minutes(&memory, &asked, 100).concat();
            assert_eq!(whole.iter().filter(|minute| **minute == 2).count(), 4);
            assert_eq!(minutes(&memory, &asked, 2).concat(), whole);
        }
    }

    #[test]
    fn the_oldest_go_first_and_a_page_that_follows_goes_on_behind_them() {
        let mut memory = Memory::new(1, 5);
        for minutes in 0..5 {
            memory.keep(0, at(minutes), Value::Int(minutes), Quality::Good);
        }
        let asked = Asked { start: Some(at(0)), end: Some(at(100)), count: 0, bounds: false };
        let first = memory.page(0, &asked, None, 2).expect("a good question");
        for minutes in 5..9 {
            memory.keep(0, at(minutes), Value::Int(minutes), Quality::Good);
        }
        let rest = memory.page(0, &asked, first.next, 100).expect("a good question");
        assert_eq!((rest.values.len(), rest.next), (5, None), "2 and 3 are gone");
        memory.keep(0, at(6), Value::Int(66), Quality::Good);
        assert_eq!(memory.latest(0).map(|point| point.time), Some(at(8)), "late ones go between");
    }

    #[test]
    fn questions_that_say_too_little_are_refused() {
        let memory = example();
        for (start, end) in [(None, None), (Some(at(0)), None), (None, Some(at(0)))] {
            let asked = Asked { start, end, count: 0, bounds: false };
            assert_eq!(memory.page(0, &asked, None, 9).err(), Some(StatusCode::BadHistoryOperationInvalid));
        }
        let asked = Asked { start: Some(at(0)), end: Some(at(1)), count: 0, bounds: false };
        assert_eq!(memory.page(1, &asked, None, 9).err(), Some(StatusCode::BadNodeIdUnknown));
    }
}
