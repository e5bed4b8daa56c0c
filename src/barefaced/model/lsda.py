"""LSDA: everything that trains together, and one step's loss terms (LSDA, CVPR 2024, figure 2).

Alphabet: G groups, D forgery domains, K = D + 1 images in a group (0 is real), S crop side, I input side, B images of
the batch that are present, C H W feature map.

    student   every image -> features, logits
    teacher   real image -> real encoder; forged image d -> forgery encoder d -> augmented in latent space -> fusion
    losses    binary (student), domain (teacher), distillation (student to teacher), and three that are off by default
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn

from barefaced.config.recipe import Recipe
from barefaced.config.rules import require
from barefaced.model import augment, distributed, losses, published_augment
from barefaced.model.augment_draws import CrossDraws, WithinDraws, draw_cross, draw_within
from barefaced.model.centre_memory import CentreMemory
from barefaced.model.localization_head import target
from barefaced.model.real_encoder import RealEncoder
from barefaced.model.student import Student
from barefaced.model.teacher import DomainHead, ForgeryEncoders, Fusion
from barefaced.values.tensors import GroupBatch, LossTerms, TeacherFeatures

TERMS = ("binary", "domain", "distill", "real", "logit", "locate")
"""The loss terms; their weights are the settings of the same names."""


@dataclass(frozen=True)
class Draws:
    """What chance decides in one step; None where an augmentation is off."""

    within: WithinDraws | published_augment.OfficialDraws | None
    cross: CrossDraws | None

    def groups(self, start: int, stop: int) -> "Draws":
        """Cut out those of groups `start` to `stop` (excluded)."""
        return Draws(
            self.within.groups(start, stop) if self.within is not None else None,
            self.cross.groups(start, stop) if self.cross is not None else None,
        )


class LSDA(nn.Module):
    """Student and teacher.

    Args:
        recipe: its student, teacher, augment and loss settings.
        methods: K names by position; the first is `real`.
        margin: side of the crops over the side of the ArcFace template.

    Raises:
        BadConfig: settings that do not fit the methods, by name.
        MissingWeights, UntrustedWeights, CheckpointError: pretrained weights that cannot be used.
    """

    def __init__(self, recipe: Recipe, methods: tuple[str, ...], margin: float) -> None:
        super().__init__()
        self.settings, self.methods = recipe, methods
        self.weights = {name: float(getattr(recipe.loss, name)) for name in TERMS if getattr(recipe.loss, name) > 0}
        self.teaches = any(name not in ("binary", "locate") for name in self.weights)
        _check_methods(recipe, methods, self.weights, self.teaches)
        self.student = Student(recipe.student)
        if not self.teaches:
            return
        domains, channels = len(methods) - 1, recipe.student.channels
        self.size = _map_size(self.student)
        self.real = RealEncoder(recipe.teacher, recipe.student, margin)
        self.forgery = ForgeryEncoders(recipe.student, domains)
        self.fusion = Fusion(channels)
        self.domain_head = DomainHead(channels, len(methods))
        self.memory = CentreMemory(
            recipe.augment.centroid,
            (domains, channels, *self.size),
            momentum=recipe.augment.momentum,
            bank=recipe.augment.bank,
        )

    def draw(self, batch: GroupBatch, generator: Generator) -> Draws:
        """Draw everything that chance decides for this batch.

        Of several processes each draws for the groups of all, and takes its own: together they are as one.
        """
        inputs = self.settings.augment.inputs
        if not self.teaches:
            return Draws(None, None)
        present = distributed.all_gather_rows(batch.present)[:, 1:].cpu()
        (groups, domains), channels = present.shape, self.settings.student.channels
        wd, cd = "wd" in inputs, "cd" in inputs
        if self.settings.augment.arithmetic == "official":
            drawn = Draws(
                published_augment.draw(groups, domains, channels, *self.size, generator) if wd else None,
                published_augment.draw_mixup(groups, domains, generator) if cd else None,
            )
        else:
            settings, shape = self.settings.augment, (groups, domains, channels, *self.size)
            drawn = Draws(
                draw_within(settings, shape, generator) if wd else None,
                draw_cross(settings, groups, domains, generator, present) if cd else None,
            )
        mine = len(batch.present)
        first = distributed.rank_offset(mine, batch.present.device)
        return drawn.groups(first, first + mine)

    def forward(self, batch: GroupBatch, draws: Draws) -> LossTerms:
        """Compute the loss terms that are on, before their weights. Holes add nothing to any of them.

        Of several processes each gives its share: their sum is the term of all groups together.
        """
        settings, present = self.settings.loss, batch.present
        kinds = torch.arange(len(self.methods), device=present.device).expand_as(present)
        pixels = self.student.preprocess(batch.images[present])
        features, located = self.student.encode(pixels)
        logits = self.student.head(features)
        labels = (kinds[present] > 0).long()
        terms = {"binary": losses.binary(logits, labels, balanced=settings.balanced)}
        if located is not None:
            assert batch.masks is not None, "batches with masks, as student.locate asks for"
            assert batch.has_mask is not None, "beside the masks"
            cells = (located.shape[1], located.shape[2])
            wanted = target(batch.masks[present], cells, settings.locate_target)
            terms["locate"] = losses.locate(located, wanted, batch.has_mask[present])
        if not self.teaches:
            return LossTerms(terms)

        teacher, domain = self.teach(batch, _scattered(pixels, batch), draws)
        if "domain" in self.weights:
            terms["domain"] = domain
        fixed = settings.targets == "detached"
        real = teacher.real.detach() if fixed else teacher.real
        augmented = teacher.augmented.detach() if fixed else teacher.augmented
        if "distill" in self.weights:
            seen = _scattered(features, batch)
            terms["distill"] = losses.distill(seen[:, 0], real, settings.distance, present[:, 0]) + losses.distill(
                seen[:, 1:], augmented, settings.distance, present[:, 1:]
            )
        if "real" in self.weights:
            terms["real"] = self._real_identity(batch)
        if "logit" in self.weights:
            answers = self.domain_head(torch.cat([real.unsqueeze(1), augmented], dim=1)[present])
            terms["logit"] = losses.logit(logits, answers.detach() if fixed else answers, settings.temperature)
        return LossTerms(terms)

    def teach(
        self, batch: GroupBatch, pixels: Float[Tensor, "G K 3 I I"], draws: Draws
    ) -> tuple[TeacherFeatures, Float[Tensor, ""]]:
        """Compute the teacher's features of a batch, and its domain loss."""
        present = batch.present
        real = self.real(batch.images[:, 0], self.size)
        forged, own = self._forged(pixels, batch)
        augmented = self.augment(forged, batch, draws)
        kinds = torch.arange(len(self.methods), device=present.device).expand_as(present)
        if own is None:
            answers = self.domain_head(torch.cat([real.unsqueeze(1), forged], dim=1)[present])
            domain = losses.domain(answers, kinds[present])
        else:
            here = present[:, 0]
            domain = losses.domain(self.domain_head(real[here]), kinds[here, 0]) + own
        if self.settings.loss.targets == "detached":
            groups, domains = present[:, 1:].shape
            labels = losses.fused_labels(draws.cross, groups, domains, self.settings.augment.inputs)
            answers = self.domain_head(augmented[present[:, 1:]])
            domain = domain + losses.domain(answers, labels.to(answers)[present[:, 1:]])
        return TeacherFeatures(real, forged, augmented), domain

    def augment(
        self, forged: Float[Tensor, "G D C H W"], batch: GroupBatch, draws: Draws
    ) -> Float[Tensor, "G D C H W"]:
        """Augment within and across domains, and fuse; a branch that is off is the plain feature."""
        present = batch.present[:, 1:]
        within = across = forged
        if isinstance(draws.within, published_augment.OfficialDraws):
            drawn = draws.within
            op, beta, sigma, noise = (
                part.to(forged.device) for part in (drawn.op, drawn.beta, drawn.sigma, drawn.noise)
            )
            within = published_augment.within_domain(forged, op, beta, sigma, noise)
        elif draws.within is not None:
            statistics = self.memory(forged, present)
            within = augment.within_domain(forged, draws.within, statistics, relative=self.settings.augment.relative)
        if draws.cross is not None:
            across = augment.mixup(forged, draws.cross.partner, draws.cross.alpha)
        return self.fusion(within, across)

    def describe(self) -> tuple[str, ...]:
        """Describe which terms are on, and what they are made of."""
        loss, more = self.settings.loss, self.settings.augment
        about = {
            "binary": "real against fake" + (", balanced" if loss.balanced else ""),
            "domain": f"{len(self.methods)} domains, inputs {self.settings.teacher.domain_inputs}",
            "distill": f"{loss.distance}, targets {loss.targets}, {more.inputs}, {more.arithmetic} arithmetic",
            "real": f"same identity {', '.join(loss.same_identity)}; other {', '.join(loss.other_identity)}",
            "logit": f"temperature {loss.temperature}",
            "locate": f"the altered {loss.locate_target}, from the map of stride {self.settings.student.locate}",
        }
        lines = [f"preset {self.settings.preset}"]
        lines += [
            f"  {name:<8} {self.weights[name]:<5} {about[name]}" if name in self.weights else f"  {name:<8} off"
            for name in TERMS
        ]
        if self.teaches:
            kind = self.settings.teacher.real_encoder
            note = " (the student's backbone: no face-recognition weights were given)" if kind == "backbone" else ""
            lines.append(f"  real encoder {kind}{note}, {'frozen' if self.real.frozen else 'trained'}")
        return tuple(lines)

    def _forged(
        self, pixels: Float[Tensor, "G K 3 I I"], batch: GroupBatch
    ) -> tuple[Float[Tensor, "G D C H W"], Float[Tensor, ""] | None]:
        """The forged images' features, and, where every image goes through every encoder, their loss of it."""
        present = batch.present
        if self.settings.teacher.domain_inputs == "own":
            return self.forgery(pixels[:, 1:], present[:, 1:]), None
        maps = self.forgery.through_all(pixels, present)
        domains = torch.arange(maps.shape[1], device=maps.device)
        groups, _, kinds = maps.shape[:3]
        answers = self.domain_head(maps.flatten(0, 2)).view(groups, len(domains), kinds, kinds)
        return maps[:, domains, domains + 1], losses.one_against_rest(answers.transpose(1, 2), present)

    def _real_identity(self, batch: GroupBatch) -> Float[Tensor, ""]:
        loss, present = self.settings.loss, batch.present
        maps = _scattered(self.real.maps(batch.images[present]), batch)
        keeps, replaces = (
            torch.tensor([name in chosen for name in self.methods[1:]], device=present.device)
            for chosen in (loss.same_identity, loss.other_identity)
        )
        summed = self.settings.augment.arithmetic == "official"
        both = present[:, 1:] & present[:, :1]
        return losses.real_identity(maps[:, 0], maps[:, 1:], keeps, replaces, both, summed=summed)


def _scattered(values: Float[Tensor, "B *shape"], batch: GroupBatch) -> Float[Tensor, "G K *shape"]:
    """The flat batch back in its groups, zeros at the holes."""
    if bool(batch.present.all()):
        return values.unflatten(0, batch.present.shape)
    placed = values.new_zeros(*batch.present.shape, *values.shape[1:])
    placed[batch.present] = values
    return placed


def _map_size(student: Student) -> tuple[int, int]:
    """(H, W) of the last map, tried out."""
    side = student.settings.input_size
    was = student.training
    with torch.no_grad():
        height, width = student.eval().encoder(torch.zeros(1, 3, side, side)).shape[-2:]
    student.train(was)
    return height, width


def _check_methods(recipe: Recipe, methods: tuple[str, ...], weights: dict[str, float], teaches: bool) -> None:
    """Refuse settings that do not fit the methods trained on.

    Raises:
        BadConfig: by name.
    """
    loss, inputs = recipe.loss, recipe.augment.inputs
    require(
        not teaches or "cd" not in inputs or len(methods) > 2,
        "at least two forgery domains for the cross-domain augmentation (augment.inputs = wd or none needs one)",
        f"augment.inputs = {inputs} with {', '.join(methods[1:])}",
    )
    known = set(loss.same_identity) | set(loss.other_identity)
    require(
        "real" not in weights or bool(known & set(methods)),
        "loss.same_identity and loss.other_identity to name methods that are trained on",
        f"{', '.join(sorted(known))}; trained on: {', '.join(methods[1:])}",
    )
