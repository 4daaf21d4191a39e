//! The stable codes of everything that can be wrong with a pipeline file, a name or a `--set`.

/// One sort of error. Its code for programs is the variant in snake case, or the name given here, and stays
/// the same from release to release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum SpecErrorKind {
    // Finding a pipeline.
    NoProject,
    UnknownPipeline,
    #[strum(serialize = "unfit_pipeline_name")]
    InvalidPipelineName,
    ReservedPipelineName,
    AmbiguousPipeline,
    Unreadable,

    // The YAML.
    NotUtf8,
    #[strum(serialize = "yaml_syntax")]
    Syntax,
    EmptyDocument,
    ManyDocuments,
    TooDeep,
    #[strum(serialize = "yaml_tag")]
    Tag,
    KeyNotName,
    DuplicateKey,
    BadMerge,
    RecursiveAlias,

    // Keys and values.
    UnknownKey,
    MissingKey,
    WrongType,
    OutOfRange,
    Empty,
    #[strum(serialize = "unfit_name")]
    InvalidName,
    #[strum(serialize = "named_twice")]
    Duplicate,

    // Stages.
    NoStages,
    UnknownKind,
    UnknownParameter,
    ParameterNameTaken,
    NoFilter,
    NotACommand,
    #[strum(serialize = "unfit_output")]
    InvalidOutput,
    SimilarOutputs,
    SimilarStages,
    NestedOutputs,

    // Inputs.
    UnknownInput,
    MissingInput,
    MisplacedInput,
    NoGather,
    InputTwice,
    InputNamedOut,
    UnknownStage,
    UnknownOutput,
    OtherOutput,
    NotAllOutputs,
    WrongStageKind,
    SelfReference,
    Cycle,

    // Matrices.
    EmptyAxis,
    AxisValueTwice,
    #[strum(serialize = "unfit_axis_value")]
    InvalidAxisValue,
    AxisIsParameter,
    InheritedAxis,
    TooManyInstances,
    #[strum(serialize = "nothing_joins")]
    EmptyJoin,

    // Variables, settings.
    UndefinedVariable,
    OpenVariable,
    NestedVariable,
    UnknownSetting,
    SettingWithoutValue,

    // Files.
    BadPattern,
    NoHome,
    PathMissing,
    IsFolder,
    NotAFolder,
    NotAFile,
    OwnOutput,
    Walk,
}
