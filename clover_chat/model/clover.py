"""CLOVER (arXiv 2407.17734): a small trained bridge between two frozen models.

The bridge is the standardisation of the encoder's features, the query tokens, the Q-Former and the
language projection. As in InstructBLIP (arXiv 2305.06500, section 2.3) the question goes
into the Q-Former too, so the bridge tokens depend on what is asked.

    B pictures, P image patches, Q query tokens, T text tokens, V/H/L widths of vision model,
    Q-Former, language model
"""

from collections.abc import Sequence
from typing import Any, Self

import torch
from torch import Tensor, nn
from transformers import InstructBlipQFormerConfig, InstructBlipQFormerModel, PreTrainedModel

from clover_chat.model.config import CloverConfig
from clover_chat.model.processor import Look, Segment

BRIDGE_PARTS = ("feature_scale", "query_tokens", "qformer", "language_projection")


class FeatureScale(nn.Module):
    """Standardises each channel of the encoder; what all histology shares says nothing about one.

    With a summary, mean and standard deviation over a picture's own patches join these as two more
    patches, each with a learnt mark: all that a linear probe reads is then one look away.

    It changes nothing until it is fitted, but for the two patches.
    """

    def __init__(self, width: int, *, has_summary: bool) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("std", torch.ones(width))
        self.has_summary = has_summary
        if has_summary:
            self.register_buffer("summary_mean", torch.zeros(2, width))
            self.register_buffer("summary_std", torch.ones(2, width))
            self.summary_mark = nn.Parameter(torch.randn(2, width))

    mean: Tensor
    std: Tensor
    summary_mean: Tensor
    summary_std: Tensor

    @property
    def is_fitted(self) -> bool:
        """Whether it changes anything."""
        return bool(self.mean.any()) or bool((self.std != 1).any())

    @torch.no_grad()
    def fit(self, pictures: Sequence[Tensor]) -> None:
        """Take mean and standard deviation of the image patches of many pictures, each [P, V]."""
        patches = torch.cat(list(pictures))
        self.mean.copy_(patches.mean(0))
        self.std.copy_(patches.std(0).clamp_min(1e-3))
        if self.has_summary:
            scaled = [(picture - self.mean) / self.std for picture in pictures]
            summaries = torch.stack([summary(one[None], None)[0] for one in scaled])
            self.summary_mean.copy_(summaries.mean(0))
            self.summary_std.copy_(summaries.std(0).clamp_min(1e-3))

    def forward(self, patches: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Return what the Q-Former reads of pictures.

        Args:
            patches: As the encoder gives them, [B, P, V].
            mask: 1 where there is a patch, [B, P]; None where all are.

        Returns:
            Standardised patches and their mask, with a summary [B, P + 2, V] and [B, P + 2].
        """
        scaled = (patches - self.mean) / self.std
        if not self.has_summary:
            return scaled, mask
        joining = (summary(scaled, mask) - self.summary_mean) / self.summary_std
        scaled = torch.cat([scaled, joining + self.summary_mark], dim=1)
        if mask is not None:
            mask = torch.cat([mask, mask.new_ones(len(mask), 2)], dim=1)
        return scaled, mask


def summary(patches: Tensor, mask: Tensor | None) -> Tensor:
    """Return mean and standard deviation over the patches of pictures, [B, P, V] to [B, 2, V].

    Args:
        patches: Of the encoder, [B, P, V].
        mask: 1 where there is a patch, [B, P]; None where all are.
    """
    counted = patches.new_ones(patches.shape[:2]) if mask is None else mask.to(patches.dtype)
    weights = (counted / counted.sum(1, keepdim=True))[..., None]  # [B, P, 1]
    mean = (patches * weights).sum(1, keepdim=True)  # [B, 1, V]
    variance = ((patches - mean).square() * weights).sum(1, keepdim=True)
    return torch.cat([mean, (variance + 1e-6).sqrt()], dim=1)


class CloverModel(nn.Module):
    """Frozen models and bridge; attribute names follow transformers' InstructBLIP."""

    def __init__(
        self, config: CloverConfig, vision_model: nn.Module, language_model: PreTrainedModel
    ) -> None:
        super().__init__()
        self.config = config
        qformer_config = InstructBlipQFormerConfig(**config.qformer)
        self.vision_model = vision_model.requires_grad_(False)
        self.feature_scale = FeatureScale(
            qformer_config.encoder_hidden_size, has_summary=config.has_summary
        )
        self.qformer = InstructBlipQFormerModel(qformer_config)
        hidden = qformer_config.hidden_size
        self.query_tokens = nn.Parameter(torch.randn(1, config.num_query_tokens, hidden) * 0.02)
        self.language_projection = nn.Linear(hidden, language_model.config.hidden_size)
        self.language_model = language_model.requires_grad_(False)
        self._match_embedding_scale(hidden)
        self.eval()

    @torch.no_grad()
    def _match_embedding_scale(self, hidden: int) -> None:
        """Start at the scale of word embeddings; smaller bridge tokens are long ignored."""
        scale = float(self._words().weight.float().std())
        nn.init.normal_(self.language_projection.weight, std=scale / hidden**0.5)
        nn.init.zeros_(self.language_projection.bias)

    def _words(self) -> nn.Embedding:
        words = self.language_model.get_input_embeddings()
        assert isinstance(words, nn.Embedding)
        return words

    def train(self, mode: bool = True) -> Self:
        """Set the mode of the bridge; the frozen models never drop out anything."""
        super().train(mode)
        self.vision_model.eval()
        self.language_model.eval()
        return self

    @torch.no_grad()
    def encode(self, pixel_values: Tensor) -> Tensor:
        """Return the encoder's view, [B, P, V], of normalised images, [B, 3, height, width]."""
        features: Tensor = self.vision_model(pixel_values=pixel_values).last_hidden_state
        return features

    def get_query_output(
        self,
        patches: Tensor,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        patches_mask: Tensor | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run the Q-Former over pictures with their questions.

        Args:
            patches: Encoder features, [B, P, V].
            input_ids: Questions in the Q-Former's own vocabulary, [B, T].
            attention_mask: 1 where `input_ids` is a question, [B, T]; or what every position may
                attend to, as numbers to add to attention, [B, 1, Q + T, Q + T].
            patches_mask: 1 where `patches` is a picture, [B, P].
            kwargs: Passed on, such as `output_attentions=True`.

        Returns:
            The Q-Former's output; its `last_hidden_state` is [B, Q + T, H], query tokens first.
        """
        queries = self.query_tokens.expand(len(patches), -1, -1)  # [B, Q, H]
        if attention_mask is not None and attention_mask.ndim == 2:
            attention_mask = torch.cat(
                [attention_mask.new_ones(queries.shape[:2]), attention_mask], dim=1
            )
        scaled, scaled_mask = self.feature_scale(patches.to(queries.dtype), patches_mask)
        return self.qformer(
            input_ids=input_ids,
            attention_mask=attention_mask,
            query_embeds=queries,
            encoder_hidden_states=scaled,
            encoder_attention_mask=scaled_mask,
            **kwargs,
        )

    def get_image_features(
        self,
        patches: Tensor,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        patches_mask: Tensor | None = None,
    ) -> Tensor:
        """Return what the language model sees of each picture under its question, [B, Q, L].

        Arguments are those of `get_query_output`.
        """
        output = self.get_query_output(patches, input_ids, attention_mask, patches_mask)
        seen = output.last_hidden_state[:, : self.config.num_query_tokens]  # [B, Q, H]
        projected: Tensor = self.language_projection(seen)
        return projected

    def embed(self, segments: Sequence[Segment], looks: Sequence[Tensor]) -> Tensor:
        """Return a prompt as the language model takes it, [T, L].

        Args:
            segments: Token ids and looks, in order.
            looks: Bridge tokens of each look among them, each [Q, L].
        """
        embeddings = self._words()
        remaining = iter(looks)
        parts = [
            next(remaining)
            if isinstance(segment, Look)
            else embeddings(
                torch.tensor(segment, dtype=torch.long, device=self.query_tokens.device)
            )
            for segment in segments
        ]
        return torch.cat(parts)

    def bridge_state_dict(self) -> dict[str, Tensor]:
        """Return the trained tensors alone, by their names in this module."""
        return {
            name: tensor
            for name, tensor in self.state_dict().items()
            if name.split(".")[0] in BRIDGE_PARTS
        }

    def bridge_parameters(self) -> list[nn.Parameter]:
        """Return the trained parameters."""
        return [
            parameter
            for name, parameter in self.named_parameters()
            if name.split(".")[0] in BRIDGE_PARTS
        ]
