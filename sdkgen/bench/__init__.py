"""`./sconsw bench`: executed arm64 instructions and modelled speed of our runtime, beside ExecuTorch with XNNPACK."""
