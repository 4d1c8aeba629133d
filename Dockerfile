# The program and nothing else, for kustomize's and kpt's container functions and
# for init containers that run `mysqlreplicaset install DIR`.
#
# It is compiled by `make image` before, by Go's cross compiler, with flags that
# give the same bytes for the same source: so the image needs no base image, no
# shell and no network to build.
FROM scratch
ARG TARGETOS TARGETARCH VERSION=unknown
# kustomize runs functions as --user nobody, a name that must be known here.
COPY image/passwd image/group /etc/
COPY bin/${TARGETOS}/${TARGETARCH}/mysqlreplicaset /usr/local/bin/mysqlreplicaset
LABEL org.opencontainers.image.title="mysqlreplicaset" \
      org.opencontainers.image.description="KRM function: a compact MySQLReplicaSet becomes a replicated MySQL on Kubernetes" \
      org.opencontainers.image.documentation="https://mysqlreplicaset.dev" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
USER 65534:65534
ENTRYPOINT ["/usr/local/bin/mysqlreplicaset"]
