#!/bin/sh
# Rolls out a release: settings and secrets, then the migrations, and the programs only once those are done.
#   deploy/kubernetes/roll-out.sh deploy/kubernetes/production
# The old release goes on meanwhile; it stands the new schema. Where a migration fails, nothing else is changed.
set -eu
overlay=${1:?the folder of an overlay, such as deploy/kubernetes/production}
migrations="--namespace=duka --selector=app.kubernetes.io/component=migration"

# To wait for completion alone would take all the time there is where one has failed.
wait_for_migrations() {
  for _ in $(seq 450); do
    states=$(kubectl get jobs $migrations \
      --output=jsonpath='{range .items[*]}{.metadata.name}: {.status.conditions[*].type}{"\n"}{end}')
    if echo "$states" | grep Failed >&2; then
      echo "A migration failed: see kubectl logs --namespace=duka job/<its name>. The old release goes on." >&2
      return 1
    fi
    echo "$states" | grep --quiet --invert-match Complete || return 0
    sleep 2
  done
  echo "The migrations were not done within 15 minutes: $states" >&2
  return 1
}

# An overlay with a mistake is found before anything changes.
kubectl kustomize "$overlay" > /dev/null
kubectl create namespace duka --dry-run=client --output=yaml | kubectl apply --filename=-
# A Job cannot be changed, only made anew.
kubectl delete jobs $migrations --ignore-not-found
kubectl apply --kustomize="$overlay" --selector='app.kubernetes.io/component!=program'
wait_for_migrations
kubectl apply --kustomize="$overlay"
kubectl rollout status deployments --namespace=duka --selector=app.kubernetes.io/component=program --timeout=15m
