// Made by tools/generate.ts: changes in here are lost.
package io.shardwright

import com.cloudbees.groovy.cps.NonCPS

/** What the steps take. */
class Catalog implements Serializable {

    private static final long serialVersionUID = 1L

    /** The parameters that are the steps' own. */
    @NonCPS
    static List<Map> parameters() {
        return [
            [name: 'program', type: 'String', standard: null, among: null, steps: ['shardwright', 'shardwrightMatrix']],
            [name: 'version', type: 'String', standard: 'latest', among: null, steps: ['shardwright', 'shardwrightMatrix']],
            [name: 'credentialsId', type: 'String', standard: null, among: null, steps: ['shardwright', 'shardwrightMatrix']],
            [name: 'onFailure', type: 'String', standard: 'FAILURE', among: ['FAILURE', 'UNSTABLE', 'NONE'], steps: ['shardwright', 'shardwrightMatrix']],
            [name: 'junit', type: 'Boolean', standard: true, among: null, steps: ['shardwright', 'shardwrightMatrix']],
            [name: 'archive', type: 'Boolean', standard: true, among: null, steps: ['shardwright', 'shardwrightMatrix']],
            [name: 'checks', type: 'Boolean', standard: true, among: null, steps: ['shardwright', 'shardwrightMatrix']],
            [name: 'jobs', type: 'Integer', standard: 2, among: null, steps: ['shardwrightMatrix']],
            [name: 'label', type: 'String', standard: null, among: null, steps: ['shardwrightMatrix']],
            [name: 'title', type: 'String', standard: 'shardwright', among: null, steps: ['shardwrightMatrix']],
            [name: 'agentRetries', type: 'Integer', standard: 1, among: null, steps: ['shardwrightMatrix']],
        ]
    }

    /** The settings of `shardwright run` that the step of the same name takes. */
    @NonCPS
    static List<String> settingsOfRun() {
        return [
            'coordinator',
            'coordinatorFailoverStrategy',
            'failoverTimeout',
            'identityAudience',
            'traceCases',
            'project',
            'runner',
            'suite',
            'command',
            'testPattern',
            'testDir',
            'exclude',
            'hardwareRequirements',
            'requirements',
            'workers',
            'workerProcesses',
            'splitFiles',
            'workspace',
            'setup',
            'setupLockFile',
            'setupTimeout',
            'gitUrl',
            'bundleExclude',
            'bundleLimit',
            'fallback',
            'fallbackAfter',
            'runKey',
            'allowEmpty',
            'maxRetries',
            'recoveryStrategies',
            'dealing',
            'retryBackoffFactor',
            'quarantineFlaky',
            'stressNew',
            'speculation',
            'priority',
            'timeout',
            'taskTimeout',
            'taskTimeoutMultiplier',
            'artifacts',
            'artifactCount',
            'artifactSize',
            'artifactTotal',
            'artifactDownloads',
            'outputDir',
            'reportFormats',
            'baseBranch',
            'baseReport',
            'codeOwners',
            'stateDir',
            'provider',
            'publish',
            'publishName',
            'notify',
            'notifyWhen',
            'notifyOnFailure',
            'circuitBreakerThreshold',
            'circuitBreakerResetTime',
            'healthThreshold',
            'predict',
            'timings',
        ]
    }

    /** The settings of `shardwright worker` that the matrix takes. */
    @NonCPS
    static List<String> settingsOfWorker() {
        return [
            'coordinator',
            'coordinatorFailoverStrategy',
            'failoverTimeout',
            'identityAudience',
            'project',
            'runner',
            'suite',
            'command',
            'testPattern',
            'testDir',
            'exclude',
            'hardwareRequirements',
            'requirements',
            'splitFiles',
            'fallback',
            'fallbackAfter',
            'runKey',
            'allowEmpty',
            'maxRetries',
            'recoveryStrategies',
            'dealing',
            'retryBackoffFactor',
            'quarantineFlaky',
            'priority',
            'timeout',
            'taskTimeout',
            'taskTimeoutMultiplier',
            'artifacts',
            'artifactCount',
            'artifactSize',
            'artifactTotal',
            'artifactDownloads',
            'outputDir',
            'reportFormats',
            'baseBranch',
            'baseReport',
            'codeOwners',
            'stateDir',
            'provider',
            'publish',
            'publishName',
            'notify',
            'notifyWhen',
            'notifyOnFailure',
            'timings',
            'slots',
            'workspaceRoot',
            'workspaceDir',
            'workspaceQuota',
            'ephemeral',
            'resultsBuffer',
            'heartbeatInterval',
            'reconnectInterval',
            'autoReconnect',
            'drainTimeout',
            'spotNotices',
            'idleTimeout',
        ]
    }

}
