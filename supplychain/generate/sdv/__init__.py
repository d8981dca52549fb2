"""SDV's single-table synthesizers behind our protocol, with its constraints from our rules; an optional extra."""

from supplychain.generate.sdv.adapter import CTGAN, TVAE, CopulaGAN, GaussianCopula

__all__ = ["CTGAN", "TVAE", "CopulaGAN", "GaussianCopula"]
