# The static binary alone:
#
#   docker build -t tweedie .
#   docker run --rm -v "$PWD:/data" -w /data tweedie sample --model model.safetensors --rows 1000
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags='-s -w -buildid=' -o /tweedie ./cmd/tweedie
# Scratch has no folder for temporary files: stdin is kept in one, and rows that may have to
# be taken back.
RUN mkdir -p /rootfs/tmp && chmod 1777 /rootfs/tmp && mv /tweedie /rootfs/tweedie

FROM scratch
COPY --from=build /rootfs/ /
USER 65532:65532
ENTRYPOINT ["/tweedie"]
