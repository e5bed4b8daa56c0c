"""Files into verdicts: the steps that join decoding, the model, its explanation and the report."""
