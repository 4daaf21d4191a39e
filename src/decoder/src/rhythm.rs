//! Whether anything is struck at a step, given everything before it.

use crate::guide::Guide;
use crate::habits::GAP_HABITS;
use crate::history::{History, LEVELS, SOURCES};
use crate::rows::{GAPS, gap, network, scaled_log, scaled_logit};
use crate::sequel;
use crate::terms::{RADIUS, Terms, WINDOW};

network! {
    /// The network and its rows. Its candidates are the steps of a measure.
    struct RhythmNet(size, latent) with 1 heads {
        bias: 1,
        code: latent,
        uncoded: 1,
        measure: size.measures(),
        step: size.steps(),
        usual: WINDOW,
        usual_beat: 1,
        expected: WINDOW,
        expected_level: 1,
        rate: 1,
        before: size.steps(),
        gap: GAPS,
        notes: 4,
        habits: GAP_HABITS,
        sequel: sequel::LEVELS * 3,
        sources: SOURCES * LEVELS * WINDOW,
        present: SOURCES * LEVELS,
    }
}

impl RhythmNet {
    /// Adds the features of a measure's steps that earlier steps of the measure do not change.
    pub(crate) fn measure(
        &self,
        history: &History,
        guide: Option<&Guide>,
        measure: usize,
        terms: &mut Terms,
    ) {
        let steps = self.size.steps();
        let beat = steps.div_ceil(4);
        terms.common(self.bias, 1.0);
        terms.common(self.measure + measure, 1.0);
        terms.block(0..steps, self.step, 1.0);
        let share = 1.0 / measure.max(1) as f32;
        let mut beats = vec![0.0; beat];
        for (step, &count) in
            history.step_counts.iter().enumerate().filter(|(_, count)| **count > 0)
        {
            terms.window(step, self.usual, share * count as f32, steps);
            beats[step % beat] += 0.25 * share * count as f32;
        }
        for step in 0..steps {
            terms.local(step, self.usual_beat, beats[step % beat]);
        }
        let Some(guide) = guide else {
            terms.common(self.uncoded, 1.0);
            return;
        };
        terms.common_each(self.code, guide.latent());
        for step in 0..steps {
            let time = measure * steps + step;
            let sum = guide.step_sum(time);
            let any = 1.0 - guide.rates(time).iter().map(|rate| 1.0 - rate).product::<f32>();
            if any > 0.05 {
                terms.window(step, self.expected, any, steps);
            }
            terms.local(step, self.expected_level, scaled_log(sum));
            terms.local(step, self.rate, scaled_logit(any));
        }
    }

    /// Adds the features of the step at a time, up to which the history is known.
    pub(crate) fn step(&self, history: &History, time: usize, terms: &mut Terms) {
        let steps = self.size.steps();
        if let Some(&last) = history.chords.last() {
            terms.common(self.gap + gap(time - last), 1.0);
            let notes = history.song.at(last).count_ones() as usize;
            terms.common(self.notes + notes.min(4) - 1, 1.0);
        }
        terms.common_each(self.habits, &history.habits.gap_features(time));
        if let (Some(sequel), Some(last)) = (history.sequels.next(), history.chords.last()) {
            let place = (time - last).cmp(&sequel.gap) as isize + 1;
            terms.common(self.sequel + 3 * sequel.level + place as usize, 1.0);
        }
        let recent = history.chords.iter().rev().take_while(|&&at| time - at <= steps);
        recent.for_each(|&at| terms.common(self.before + time - at - 1, 1.0));
        for (index, source) in history.sources(time).into_iter().enumerate() {
            let Some(source) = source else { continue };
            let cell = index * LEVELS + source.level;
            terms.common(self.present + cell, 1.0);
            let at = time - source.lag;
            // The music after the place is known too, as far as it is in the past.
            let around = at.saturating_sub(RADIUS)..(at + RADIUS + 1).min(time);
            for struck in around.filter(|&struck| history.song.at(struck) != 0) {
                terms.common(self.sources + cell * WINDOW + struck + RADIUS - at, 1.0);
            }
        }
    }
}
