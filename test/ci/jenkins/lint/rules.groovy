// CodeNarc's rules for what Jenkins runs step by step (https://codenarc.org/codenarc-rules-jenkins.html), for all files: by themselves
// they look at Jenkinsfiles only.
ruleset {
    ClassNotSerializable { applyToFileNames = '*.groovy' }
    ClosureInGString { applyToFileNames = '*.groovy' }
    CpsCallFromNonCpsMethod {
        applyToFileNames = '*.groovy'
        cpsPackages = ['io.shardwright']
    }
    ExpressionInCpsMethodNotSerializable { applyToFileNames = '*.groovy' }
    ForbiddenCallInCpsMethod { applyToFileNames = '*.groovy' }
    ObjectOverrideOnlyNonCpsMethods { applyToFileNames = '*.groovy' }
    ParameterOrReturnTypeNotSerializable { applyToFileNames = '*.groovy' }
}
