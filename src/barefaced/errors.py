"""Every error barefaced raises on purpose.

    BarefacedError                       exit 1
      InputError                         exit 2   what was handed in cannot be used
        UnreadableMedia                           not a picture or video that decodes
        NoFace                                    a face was required and none was found
        TooLarge                                  beyond a stated limit
        BadConfig                                 a setting is unknown, misspelt or impossible
        FolderInUse                               another run is writing there
        MissingPackage                            an optional package is not installed
      DataError                          exit 3   a data set or store is not what it should be
        LayoutMismatch                            the folders are not those of the named layout
        StoreDamaged                              a store contradicts its own manifest
      CheckpointError                    exit 4   weights cannot be used
        UntrustedWeights                          a format that can run code, or a wrong checksum
        MissingWeights                            a weights file or model package is not there
        MissingCard                               tensors without the card that says how to use them
        CropMismatch                              crops made otherwise than the model expects
      TrainingError                      exit 5   a training run cannot go on
        NonFiniteLoss                             a loss term is not a number
        OutOfMemory                               a step does not fit
        LostProcess                               another process of the run ended

Each says what was expected, what came, and the next step.
"""


class BarefacedError(Exception):
    """Base of every deliberate error.

    Args:
        expected: what would have been right.
        got: what came instead.
        fix: the next step for the person who reads it.
    """

    exit_code = 1

    def __init__(self, *, expected: str, got: str, fix: str) -> None:
        super().__init__(expected, got, fix)
        self.expected = expected
        self.got = got
        self.fix = fix

    def __str__(self) -> str:
        return f"expected {self.expected}; got {self.got}. {self.fix}"

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments: worker processes send errors back by pickling them.
        return (_rebuild, (type(self), self.expected, self.got, self.fix))


def _rebuild(kind: type[BarefacedError], expected: str, got: str, fix: str) -> BarefacedError:
    return kind(expected=expected, got=got, fix=fix)


class InputError(BarefacedError):
    """What was handed in cannot be used."""

    exit_code = 2


class UnreadableMedia(InputError):
    """Not a picture or video that decodes."""


class NoFace(InputError):
    """A face was required and none was found."""


class TooLarge(InputError):
    """Beyond a stated limit."""


class BadConfig(InputError):
    """A setting is unknown, misspelt or impossible."""


class FolderInUse(InputError):
    """Another run is writing to the folder."""


class MissingPackage(InputError):
    """What was asked for needs an optional package that is not installed."""


class DataError(BarefacedError):
    """A data set or store is not what it should be."""

    exit_code = 3


class LayoutMismatch(DataError):
    """The folders are not those of the named layout."""


class StoreDamaged(DataError):
    """A store contradicts its own manifest."""


class CheckpointError(BarefacedError):
    """Weights cannot be used."""

    exit_code = 4


class UntrustedWeights(CheckpointError):
    """A weights format that can run code, or a wrong checksum."""


class MissingWeights(CheckpointError):
    """A weights file or model package is not there."""


class MissingCard(CheckpointError):
    """Tensors without the card that says how to use them."""


class CropMismatch(CheckpointError):
    """Crops were made otherwise than the model expects."""


class TrainingError(BarefacedError):
    """A training run cannot go on."""

    exit_code = 5


class NonFiniteLoss(TrainingError):
    """A loss term is not a number."""


class OutOfMemory(TrainingError):
    """A step does not fit into memory."""


class LostProcess(TrainingError):
    """Another process of the run ended."""
