"""`./sconsw bench` compares our runtime with ExecuTorch's XNNPACK: executed arm64 instructions, modelled speed."""
