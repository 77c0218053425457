"""Which steps and files one SDK is made of, platform by platform; SConstruct puts them together."""
