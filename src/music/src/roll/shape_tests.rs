use super::*;

const THESIS: RollShape = RollShape::THESIS;

#[test]
fn cell_ids_and_their_steps_and_pitches_are_inverse() {
    for (steps, pitches, lowest) in [(96, 96, 16), (16, 128, 0), (512, 128, 0)] {
        let shape = RollShape::new(1, steps, pitches, lowest).unwrap();
        for cell in (0..=u16::MAX).take(shape.cells()) {
            let pitch = Pitch::new(shape.pitch(cell) as u8).unwrap();
            assert_eq!(shape.row_of(pitch).map(usize::from), Some(shape.row(cell)));
            assert_eq!(shape.cell(shape.step(cell), shape.row(cell)), cell);
        }
    }
    let cell = THESIS.cell(95, 44);
    assert_eq!((THESIS.step(cell), THESIS.row(cell), THESIS.pitch(cell)), (95, 44, 60));
    let row = |pitch| THESIS.row_of(Pitch::new(pitch).unwrap());
    assert_eq!([15, 16, 111, 112].map(row), [None, Some(0), Some(95), None]);
    assert_eq!(THESIS.cell(1, 0), 96);
}

#[test]
fn shapes_with_pitches_outside_the_rows_say_so() {
    assert!(THESIS.has_rows_for(16, 111));
    assert!(!THESIS.has_rows_for(15, 60) && !THESIS.has_rows_for(60, 112));
}

#[test]
fn impossible_numbers_are_refused() {
    assert_eq!(RollShape::new(16, 0, 96, 16), Err(RollShapeError::Empty));
    assert_eq!(RollShape::new(0, 96, 96, 16), Err(RollShapeError::Empty));
    let too_fine = RollShape::new(16, 1024, 96, 16).unwrap_err();
    assert_eq!(
        too_fine.to_string(),
        "1024 steps of 96 pitches are 98304 cells: at most 65536 are possible"
    );
    let beyond = |pitches, lowest_pitch| {
        let error = RollShapeError::OutOfRange { pitches, lowest_pitch };
        assert_eq!(RollShape::new(16, 96, pitches, lowest_pitch), Err(error));
    };
    beyond(96, 33);
    beyond(1, 128);
    beyond(96, u32::MAX);
    assert!(RollShape::new(16, 96, 96, 32).is_ok());
    assert!(matches!(RollSize::new(16, u32::MAX, 128), Err(RollShapeError::TooFine { .. })));
    assert!(matches!(RollSize::new(16, 1, u32::MAX), Err(RollShapeError::OutOfRange { .. })));
    let too_long = RollSize::new(1 << 16, 1 << 10, 64);
    assert_eq!(too_long, Err(RollShapeError::TooLong { measures: 1 << 16, cells: 1 << 16 }));
}

#[test]
fn numbering_cells_through_a_song_loses_nothing() {
    let mut song = vec![Vec::new(); 16];
    song[0] = vec![THESIS.cell(0, 44), THESIS.cell(0, 48)];
    song[15] = vec![THESIS.cell(95, 95)];
    let indices: Vec<u32> = THESIS.indices(&song).map(|index| index as u32).collect();
    assert_eq!(indices.last(), Some(&(THESIS.cells() as u32 - 1)));
    assert_eq!(THESIS.song(&indices), song);
}

#[test]
fn a_song_of_another_shape_is_reported_with_its_measure() {
    let mut song = vec![Vec::new(); 16];
    assert_eq!(THESIS.check(&song), Ok(()));
    song[3] = vec![9216];
    assert_eq!(
        THESIS.check(&song).unwrap_err().to_string(),
        "measure 3 holds cell 9216, but cells are numbered 0 to 9215"
    );
    song[3] = vec![5, 5];
    assert_eq!(THESIS.check(&song), Err(CellsError::Order { measure: 3 }));
    assert_eq!(THESIS.check(&song[..4]), Err(CellsError::Measures { found: 4, expected: 16 }));
}
