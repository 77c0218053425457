"""The passes that a spec can name, one file each; each imports without torch.

To add one, write a file here or in a folder of SDKGEN_PLUGINS, and a section in docs/compression.md:

    @register("pass", "round_weights")
    class RoundWeights(GraphPass):
        name: ClassVar[str] = "round_weights"
        rank: ClassVar[int] = 55
        reason: ClassVar[str] = "it rounds weights, which folding BatchNorm afterwards would undo"

        digits: Annotated[int, Field(ge=1)] = Field(default=3, description="a whole number of digits, at least 1")

        def run(self, program: "ExportedNetwork") -> tuple["ExportedNetwork", PassReport]: ...
"""
