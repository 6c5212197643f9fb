#!/bin/sh
# Rolls out a release: settings and secrets, then the migrations, and the programs only once those are done.
#   deploy/kubernetes/roll-out.sh deploy/kubernetes/production
# The old release goes on meanwhile; it stands the new schema. Where a migration fails, nothing else is changed.
set -eu
overlay=${1:?the folder of an overlay, such as deploy/kubernetes/production}
kubectl create namespace duka --dry-run=client --output=yaml | kubectl apply --filename=-
# A Job cannot be changed, only made anew.
kubectl delete jobs --namespace=duka --selector=app.kubernetes.io/component=migration --ignore-not-found
kubectl apply --kustomize="$overlay" --selector='app.kubernetes.io/component!=program'
kubectl wait jobs --namespace=duka --selector=app.kubernetes.io/component=migration --for=condition=complete --timeout=15m
kubectl apply --kustomize="$overlay"
kubectl rollout status deployments --namespace=duka --selector=app.kubernetes.io/component=program --timeout=15m
