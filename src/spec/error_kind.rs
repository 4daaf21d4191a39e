//! What can be wrong, each with its sentence and its stable code.

use super::model::Position;
use std::path::PathBuf;
use thiserror::Error;

/// One thing wrong with a pipeline file, a name or a setting.
#[derive(Debug, Error)]
pub(crate) enum SpecErrorKind {
    // LocatedError a pipeline.
    #[error("no folder 'pipelines' in {} or above", .0.display())]
    NoProject(PathBuf),
    #[error("unknown pipeline '{0}'")]
    UnknownPipeline(String),
    #[error("'{0}' cannot be a pipeline's name: {1}")]
    InvalidPipelineName(String, &'static str),
    #[error("'{0}' cannot be a pipeline's name: artifacts/{0} holds something else")]
    ReservedPipelineName(String),
    #[error("pipeline '{0}' exists twice: as .yaml and as .yml")]
    AmbiguousPipeline(String),
    #[error("{0}")]
    Unreadable(std::io::Error),

    // The YAML.
    #[error("not UTF-8 text")]
    NotUtf8,
    #[error("invalid YAML: {0}")]
    Syntax(String),
    #[error("the file is empty, expected a mapping with 'stages'")]
    EmptyDocument,
    #[error("a second YAML document begins here, expected one pipeline per file")]
    ManyDocuments,
    #[error("nested more than {0} levels deep")]
    TooDeep(usize),
    #[error("found the tag '{0}', but tags mean nothing here")]
    Tag(String),
    #[error("found {0} as a key, expected a name")]
    KeyNotName(String),
    #[error("duplicate key '{key}', first on line {}", first.line)]
    DuplicateKey { key: String, first: Position },
    #[error("'<<' merges {0}, expected an alias to a mapping")]
    BadMerge(String),
    #[error("an alias to something that holds it")]
    RecursiveAlias,

    // Keys and values.
    #[error("unknown key '{key}' in {of}")]
    UnknownKey { key: String, of: String },
    #[error("missing key '{key}' in {of}")]
    MissingKey { key: &'static str, of: String },
    #[error("{what}: found {found}, expected {expected}")]
    WrongType { what: String, found: String, expected: String },
    #[error("{what}: found {found}, expected {expected}")]
    OutOfRange { what: String, found: String, expected: String },
    #[error("{what} is empty, expected {expected}")]
    Empty { what: String, expected: &'static str },
    #[error("{what} '{name}': only letters, digits, '_' and '-' of ASCII make a name")]
    InvalidName { what: &'static str, name: String },
    #[error("{what} names '{name}' twice")]
    Duplicate { what: String, name: String },

    // Stages.
    #[error("the pipeline has no stages")]
    NoStages,
    #[error("unknown stage kind '{kind}' of stage '{stage}'")]
    UnknownKind { kind: String, stage: String },
    #[error("unknown parameter '{name}' of stage '{stage}' (kind {kind})")]
    UnknownParameter { name: String, stage: String, kind: &'static str },
    #[error("parameter '{name}' of stage '{stage}' must begin with a letter")]
    ParameterBegins { name: String, stage: String },
    #[error("parameter '{name}' of stage '{stage}' has the name of {taken}: '{{{name}}}' is that")]
    ParameterNameTaken { name: String, stage: String, taken: &'static str },
    #[error("stage '{stage}' (kind {kind}) takes no 'where'")]
    NoFilter { stage: String, kind: &'static str },
    #[error("stage '{stage}' (kind {kind}) takes no '{key}', only kind command does")]
    NotACommand { key: &'static str, stage: String, kind: &'static str },
    #[error("output '{path}' of stage '{stage}': {why}")]
    InvalidOutput { path: String, stage: String, why: &'static str },
    #[error("outputs '{first}' and '{second}' of stage '{stage}' differ in case alone")]
    SimilarOutputs { first: String, second: String, stage: String },
    #[error("stages '{first}' and '{second}' differ in case alone: they would share a folder")]
    SimilarStages { first: String, second: String },
    #[error("outputs '{outer}' and '{inner}' of stage '{stage}' lie one inside the other")]
    NestedOutputs { outer: String, inner: String, stage: String },

    // Inputs.
    #[error("unknown input '{name}' of stage '{stage}' (kind {kind})")]
    UnknownInput { name: String, stage: String, kind: &'static str },
    #[error("missing input '{name}' of stage '{stage}' (kind {kind}): {about}")]
    MissingInput { name: &'static str, stage: String, kind: &'static str, about: &'static str },
    #[error("input '{name}' of stage '{stage}' stands under '{found}', expected '{expected}'")]
    MisplacedInput { name: String, stage: String, found: &'static str, expected: &'static str },
    #[error("stage '{stage}' (kind {kind}) takes no 'gather', only kind command does")]
    NoGather { stage: String, kind: &'static str },
    #[error("input '{name}' of stage '{stage}' stands under both '{first}' and '{second}'")]
    InputTwice { name: String, stage: String, first: &'static str, second: &'static str },
    #[error("an input of stage '{stage}' cannot be named 'out': '{{out}}' is the output folder")]
    InputNamedOut { stage: String },
    #[error("unknown stage '{name}', read by input '{input}' of stage '{stage}'")]
    UnknownStage { name: String, input: String, stage: String },
    #[error("unknown output '{output}' of stage '{upstream}' (kind {kind})")]
    UnknownOutput { output: String, upstream: String, kind: &'static str },
    #[error(
        "input '{input}' of stage '{stage}' reads output '{expected}' of stage '{upstream}', \
         found '{found}'"
    )]
    OtherOutput {
        input: String,
        stage: String,
        upstream: String,
        expected: &'static str,
        found: String,
    },
    #[error(
        "input '{input}' of stage '{stage}' reads all outputs of stage '{upstream}', \
         found only '{found}'"
    )]
    NotAllOutputs { input: String, stage: String, upstream: String, found: String },
    #[error(
        "input '{input}' of stage '{stage}': found stage '{upstream}' (kind {kind}), \
         expected a stage of kind {expected}"
    )]
    WrongStageKind {
        input: String,
        stage: String,
        upstream: String,
        kind: &'static str,
        expected: String,
    },
    #[error("stage '{0}' reads its own outputs")]
    SelfReference(String),
    #[error("stages form a cycle: {}", .0.join(" -> "))]
    Cycle(Vec<String>),

    // Matrices.
    #[error("axis '{axis}' in the matrix of stage '{stage}' is empty, expected a list of values")]
    EmptyAxis { axis: String, stage: String },
    #[error("axis '{axis}' in the matrix of stage '{stage}' has {value} twice")]
    AxisValueTwice { axis: String, stage: String, value: String },
    #[error(
        "axis '{axis}' in the matrix of stage '{stage}': {value:?} cannot be part of a folder's \
         name"
    )]
    InvalidAxisValue { axis: String, stage: String, value: String },
    #[error("parameter '{name}' of stage '{stage}' stands in both 'params' and 'matrix'")]
    AxisIsParameter { name: String, stage: String },
    #[error(
        "axis '{axis}' in the matrix of stage '{stage}' is already an axis of stage '{upstream}', \
         which it takes by 'from'"
    )]
    InheritedAxis { axis: String, stage: String, upstream: String },
    #[error("stage '{stage}' would have more than {limit} instances")]
    TooManyInstances { stage: String, limit: usize },
    #[error("no instances of the upstreams of stage '{stage}' agree in their shared axes")]
    EmptyJoin { stage: String },

    // Variables, settings.
    #[error("undefined variable '{name}' in {what}")]
    UndefinedVariable { name: String, what: String },
    #[error("'${{' without '}}' in {what}")]
    OpenVariable { what: String },
    #[error("variable '{name}' cannot use another variable")]
    NestedVariable { name: String },
    #[error("unknown setting '{0}'")]
    UnknownSetting(String),
    #[error("setting '{0}': found no '=', expected KEY=VALUE")]
    SettingWithoutValue(String),

    // Files.
    #[error("invalid file pattern '{pattern}': {why}")]
    BadPattern { pattern: String, why: String },
    #[error("'{0}' starts in the home folder, but HOME is not set")]
    NoHome(String),
    #[error("'{written}': {} does not exist", path.display())]
    PathMissing { written: String, path: PathBuf },
    #[error("'{0}' is a folder, expected a file or a pattern")]
    IsFolder(String),
    #[error("'{written}': {} is not a folder", path.display())]
    NotAFolder { written: String, path: PathBuf },
    #[error("'{0}' is not a regular file")]
    NotAFile(String),
    #[error("'{written}': cannot look into {}: {error}", path.display())]
    Walk { written: String, path: PathBuf, error: String },
}

impl SpecErrorKind {
    /// The fault's name for programs: stable from release to release.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NoProject(..) => "no_project",
            Self::UnknownPipeline(..) => "unknown_pipeline",
            Self::InvalidPipelineName(..) => "unfit_pipeline_name",
            Self::ReservedPipelineName(..) => "reserved_pipeline_name",
            Self::AmbiguousPipeline(..) => "ambiguous_pipeline",
            Self::Unreadable(..) => "unreadable",
            Self::NotUtf8 => "not_utf8",
            Self::Syntax(..) => "yaml_syntax",
            Self::EmptyDocument => "empty_document",
            Self::ManyDocuments => "many_documents",
            Self::TooDeep(..) => "too_deep",
            Self::Tag(..) => "yaml_tag",
            Self::KeyNotName(..) => "key_not_name",
            Self::DuplicateKey { .. } => "duplicate_key",
            Self::BadMerge(..) => "bad_merge",
            Self::RecursiveAlias => "recursive_alias",
            Self::UnknownKey { .. } => "unknown_key",
            Self::MissingKey { .. } => "missing_key",
            Self::WrongType { .. } => "wrong_type",
            Self::OutOfRange { .. } => "out_of_range",
            Self::Empty { .. } => "empty",
            Self::InvalidName { .. } => "unfit_name",
            Self::Duplicate { .. } => "named_twice",
            Self::NoStages => "no_stages",
            Self::UnknownKind { .. } => "unknown_kind",
            Self::UnknownParameter { .. } => "unknown_parameter",
            Self::ParameterBegins { .. } => "unfit_name",
            Self::ParameterNameTaken { .. } => "parameter_name_taken",
            Self::NoFilter { .. } => "no_filter",
            Self::NotACommand { .. } => "not_a_command",
            Self::InvalidOutput { .. } => "unfit_output",
            Self::SimilarOutputs { .. } => "similar_outputs",
            Self::SimilarStages { .. } => "similar_stages",
            Self::NestedOutputs { .. } => "nested_outputs",
            Self::UnknownInput { .. } => "unknown_input",
            Self::MissingInput { .. } => "missing_input",
            Self::MisplacedInput { .. } => "misplaced_input",
            Self::NoGather { .. } => "no_gather",
            Self::InputTwice { .. } => "input_twice",
            Self::InputNamedOut { .. } => "input_named_out",
            Self::UnknownStage { .. } => "unknown_stage",
            Self::UnknownOutput { .. } => "unknown_output",
            Self::OtherOutput { .. } => "other_output",
            Self::NotAllOutputs { .. } => "not_all_outputs",
            Self::WrongStageKind { .. } => "wrong_stage_kind",
            Self::SelfReference(..) => "self_reference",
            Self::Cycle(..) => "cycle",
            Self::EmptyAxis { .. } => "empty_axis",
            Self::AxisValueTwice { .. } => "axis_value_twice",
            Self::InvalidAxisValue { .. } => "unfit_axis_value",
            Self::AxisIsParameter { .. } => "axis_is_parameter",
            Self::InheritedAxis { .. } => "inherited_axis",
            Self::TooManyInstances { .. } => "too_many_instances",
            Self::EmptyJoin { .. } => "nothing_joins",
            Self::UndefinedVariable { .. } => "undefined_variable",
            Self::OpenVariable { .. } => "open_variable",
            Self::NestedVariable { .. } => "nested_variable",
            Self::UnknownSetting(..) => "unknown_setting",
            Self::SettingWithoutValue(..) => "setting_without_value",
            Self::BadPattern { .. } => "bad_pattern",
            Self::NoHome(..) => "no_home",
            Self::PathMissing { .. } => "path_missing",
            Self::IsFolder(..) => "is_folder",
            Self::NotAFolder { .. } => "not_a_folder",
            Self::NotAFile(..) => "not_a_file",
            Self::Walk { .. } => "walk",
        }
    }
}
